import { createRequire } from 'node:module';
import { CommandError } from './command-error.ts';

const { dependencies } = createRequire(import.meta.url)('../../package.json');

/** The same version as in the repository's `local/`, with which this package is tested. Exactly this version is installed. */
export const viewerPackage = { name: 'autotel-devtools', version: '27.1.0' };

/** Version of `@opentelemetry/core`, which the viewer imports without declaring it as a dependency. */
export const coreVersion: string = dependencies['@opentelemetry/core'];

/** @throws {CommandError} if the package does not support this Node.js version */
export function assertSupportedNode(): void {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major < 22 || (major === 22 && minor < 15)) {
    throw new CommandError(`Node.js ${process.versions.node} is too old: 22.15 or newer is required`);
  }
}
