// Session tokens as other services see them, read by nothing of the product.

import { createPublicKey } from 'node:crypto';

/** What a token says, unchecked. */
export function decode(token) {
  const [header, claims] = token.split('.').map((part) => Buffer.from(part, 'base64url').toString('utf8'));
  return { header: JSON.parse(header), claims: JSON.parse(claims) };
}

/** The key of a token as a service keeps it in its configuration: from the published key set to PEM. */
export async function publicKeyOf(token, origin) {
  const reply = await fetch(`${origin}/.well-known/jwks.json`);
  const { keys } = await reply.json();
  const { kid } = decode(token).header;
  const jwk = keys.find((key) => key.kid === kid);
  if (!jwk) throw new Error(`no key ${kid} in ${JSON.stringify(keys)}`);
  return createPublicKey({ key: jwk, format: 'jwk' }).export({ type: 'spki', format: 'pem' });
}
