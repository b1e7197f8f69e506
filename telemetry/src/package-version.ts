import { createRequire } from 'node:module';

const { version } = createRequire(import.meta.url)('../package.json');

/** Version of this package: that of its instrumentation scopes, too. */
export const packageVersion: string = version;
