import { copyFileSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';

const allOff = new URL('flags.json', import.meta.url);

/** Makes the file of the faults anew. */
export function switchFaultsOff(path: string): void {
  mkdirSync(dirname(path), { recursive: true });
  copyFileSync(allOff, path);
}
