// Programs that start the service as a child process. They are not instrumented, because they would export spans in the service's name.
import { realpathSync } from 'node:fs';
import { dirname } from 'node:path';
import { attempt } from '../attempt.ts';
import { nearestPackage } from '../nearest-package.ts';

const launchers = new Set([
  '@nestjs/cli',
  'concurrently',
  'corepack',
  'cross-env',
  'dotenv-cli',
  'fastify-otlp',
  'lerna',
  'nodemon',
  'npm',
  'npm-run-all',
  'npm-run-all2',
  'nx',
  'pnpm',
  'ts-node-dev',
  'tsc-watch',
  'tsx',
  'turbo',
  'typescript',
  'wireit',
  'yarn',
]);

/** @param script the script that Node.js runs; undefined if there is none */
export function isLauncher(script: string | undefined): boolean {
  const path = script === undefined ? undefined : attempt(() => realpathSync(script));
  return path !== undefined && launchers.has(nearestPackage(dirname(path)).name ?? '');
}
