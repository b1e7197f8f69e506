// Name and version of a package, from its package.json.
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { attempt } from './attempt.ts';

interface Package {
  name?: string;
  version?: string;
}

/** The nearest package.json with a name: one in dist/ may only declare the type of its modules. */
export function nearestPackage(directory: string): Package {
  const found = readPackage(join(directory, 'package.json'));
  const parent = dirname(directory);
  return found.name || parent === directory ? found : nearestPackage(parent);
}

/** @returns name and version, each only if it is a non-empty string: npm requires that, Node.js does not. Empty if the file cannot be read */
export function readPackage(path: string): Package {
  const { name, version } = attempt(() => JSON.parse(readFileSync(path, 'utf8'))) ?? {};
  return { ...(isText(name) && { name }), ...(isText(version) && { version }) };
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}
