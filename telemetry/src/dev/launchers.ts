// Programs that start the service as a child process. They are not instrumented, because they would export spans in the service's name.
import { readFileSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';

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
  try {
    return script !== undefined && launchers.has(packageOf(dirname(realpathSync(script))) ?? '');
  } catch {
    return false;
  }
}

/** Returns the name from the nearest package.json that has one. */
function packageOf(directory: string): string | undefined {
  const parent = dirname(directory);
  return nameIn(join(directory, 'package.json')) ?? (parent === directory ? undefined : packageOf(parent));
}

function nameIn(path: string): string | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')).name;
  } catch {
    return undefined;
  }
}
