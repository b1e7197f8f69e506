import { createRequire } from 'node:module';

const { version } = createRequire(import.meta.url)('../package.json');

/** Version of this package, and of its instrumentation scopes. */
export const packageVersion: string = version;
