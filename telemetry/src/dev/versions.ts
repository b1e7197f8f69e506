import { createRequire } from 'node:module';
import { CommandError } from './command-error.ts';

const { version, dependencies } = createRequire(import.meta.url)('../../package.json');

export const ownVersion: string = version;

/** The same one as that of the repository's `local/`: it is tested with it, and installed exactly. */
export const viewerPackage = { name: 'autotel-devtools', version: '27.1.0' };

/** Of `@opentelemetry/core`, which the viewer imports and does not declare. */
export const coreVersion: string = dependencies['@opentelemetry/core'];

/** @throws {CommandError} on a Node.js that the package does not support */
export function assertSupportedNode(): void {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major < 22 || (major === 22 && minor < 15)) {
    throw new CommandError(`Node.js ${process.versions.node} is too old: 22.15 or newer is required`);
  }
}
