#!/usr/bin/env node
// fastify-otlp dev -- node app.js
import { packageVersion } from '../package-version.ts';
import { readArguments, usage } from './arguments.ts';
import { CommandError } from './command-error.ts';
import { log } from './log.ts';
import { assertSupportedNode } from './versions.ts';

process.stderr.on('error', () => {}); // the reader of stderr may close it

try {
  const request = readArguments(process.argv.slice(2));
  if (request.kind === 'help') console.log(usage);
  else if (request.kind === 'version') console.log(packageVersion);
  else {
    assertSupportedNode();
    if (request.kind === 'doctor') {
      const { doctor } = await import('./doctor.ts');
      process.exit((await doctor(request)) ? 0 : 1);
    }
    const { dev } = await import('./dev.ts'); // an older Node.js cannot load it
    await dev(request);
  }
} catch (error) {
  log(error instanceof Error ? error.message : String(error));
  process.exit(error instanceof CommandError ? error.exitCode : 1);
}
