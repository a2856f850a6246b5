// The gallery of the app's components, which only development builds have.

import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

export const PATH = '/dev/gallery';
export const HEADING = 'Every component in every state';

/** Whether the app in this folder has the gallery in it: its heading is in no other place. */
export function hasGallery(folder) {
  const programs = readdirSync(folder).filter((name) => name.endsWith('.wasm'));
  if (programs.length === 0) throw new Error(`there is no app in ${folder}`);
  return programs.some((name) => readFileSync(join(folder, name)).includes(HEADING));
}
