//! The keys that sign session tokens: RSA of 2048 bits, for RS256 (RFC 7518 §3.3).

use aws_lc_rs::{
    encoding::{AsDer, Pkcs8V1Der},
    rand::SystemRandom,
    rsa::{KeyPair, KeySize},
    signature::RSA_PKCS1_SHA256,
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{
    Algorithm, EncodingKey, Header,
    jwk::{Jwk, PublicKeyUse, ThumbprintHash},
};
use serde::Serialize;
use zeroize::Zeroizing;

use crate::ids::SigningKeyId;

const ALGORITHM: Algorithm = Algorithm::RS256;

/// Why there is no key or no token. The library tells no more.
#[derive(Debug, thiserror::Error)]
#[error("session tokens cannot be signed: {0}")]
pub struct SigningError(String);

impl SigningError {
    /// The thread that made a key, or signed with it, did not end.
    pub(crate) fn interrupted() -> Self {
        Self("the work with a key was interrupted".to_owned())
    }
}

impl From<jsonwebtoken::errors::Error> for SigningError {
    fn from(error: jsonwebtoken::errors::Error) -> Self {
        Self(error.to_string())
    }
}

/// A key that signs session tokens.
pub struct SigningKey {
    id: SigningKeyId,
    pem: Zeroizing<String>,
    private: KeyPair,
    public: Jwk,
}

impl SigningKey {
    /// A new key. It takes up to half a second of one core, and its randomness is the library's
    /// own: nothing else can be handed to it.
    pub fn generate() -> Result<Self, SigningError> {
        let unexplained = |_| SigningError("no RSA key could be made".to_owned());
        let pair = KeyPair::generate(KeySize::Rsa2048).map_err(unexplained)?;
        let der = AsDer::<Pkcs8V1Der<'_>>::as_der(&pair).map_err(unexplained)?;
        let pem = pem::encode(&pem::Pem::new("PRIVATE KEY", der.as_ref()));
        Self::from_pem(pem.into())
    }

    /// The key of a PKCS#8 PEM text.
    pub(super) fn from_pem(pem: Zeroizing<String>) -> Result<Self, SigningError> {
        let read = EncodingKey::from_rsa_pem(pem.as_bytes())?;
        let private = KeyPair::from_der(read.as_bytes())
            .map_err(|rejected| SigningError(rejected.to_string()))?;
        let mut public = Jwk::from_encoding_key(&read, ALGORITHM)?;
        let id = public.thumbprint(ThumbprintHash::SHA256)?;
        public.common.key_id = Some(id.clone());
        public.common.public_key_use = Some(PublicKeyUse::Signature);
        Ok(Self {
            id: id.into(),
            pem,
            private,
            public,
        })
    }

    pub(super) fn pem(&self) -> &[u8] {
        self.pem.as_bytes()
    }

    /// Its id: the RFC 7638 thumbprint of the public key, `kid` in every token.
    pub fn id(&self) -> &SigningKeyId {
        &self.id
    }

    /// The public key, as others need it to check tokens (RFC 7517).
    pub fn public(&self) -> &Jwk {
        &self.public
    }

    /// The compact form of a signed token (RFC 7515 §7.1). By the key that was read once: `encode` of
    /// jsonwebtoken reads and checks it for every token, which takes several times as long as to sign.
    pub fn sign(&self, claims: &impl Serialize) -> Result<String, SigningError> {
        let header = Header {
            kid: Some(self.id.to_string()),
            ..Header::new(ALGORITHM)
        };
        let signed = format!("{}.{}", part(&header)?, part(claims)?);
        let mut signature = vec![0; self.private.public_modulus_len()];
        self.private
            .sign(
                &RSA_PKCS1_SHA256,
                &SystemRandom::new(),
                signed.as_bytes(),
                &mut signature,
            )
            .map_err(|_| SigningError("the signature failed".to_owned()))?;
        Ok(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }
}

/// Header or claims, as they are signed.
fn part(part: &impl Serialize) -> Result<String, SigningError> {
    let json = serde_json::to_vec(part).map_err(|error| SigningError(error.to_string()))?;
    Ok(URL_SAFE_NO_PAD.encode(json))
}

#[cfg(test)]
mod tests {
    use jsonwebtoken::{DecodingKey, Validation};
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn what_a_key_signs_its_public_half_accepts_and_no_other() {
        let (key, other) = (
            SigningKey::generate().unwrap(),
            SigningKey::generate().unwrap(),
        );
        let token = key
            .sign(&json!({"sub": "user_1", "exp": 9_999_999_999_u64}))
            .unwrap();
        let header = jsonwebtoken::decode_header(&token).unwrap();
        assert_eq!(header.kid.as_deref(), Some(key.id().as_str()));
        let check = |key: &SigningKey| {
            let public = DecodingKey::from_jwk(key.public()).unwrap();
            jsonwebtoken::decode::<Value>(&token, &public, &Validation::new(ALGORITHM))
        };
        assert_eq!(check(&key).unwrap().claims["sub"], "user_1");
        check(&other).unwrap_err();
    }

    #[test]
    fn a_key_reads_back_and_shows_nothing_private() {
        let key = SigningKey::generate().unwrap();
        let again = SigningKey::from_pem(key.pem.clone()).unwrap();
        assert_eq!(again.id(), key.id());
        let public = serde_json::to_value(key.public()).unwrap();
        let mut fields: Vec<_> = public.as_object().unwrap().keys().collect();
        fields.sort();
        assert_eq!(fields, ["alg", "e", "kid", "kty", "n", "use"]);
    }
}
