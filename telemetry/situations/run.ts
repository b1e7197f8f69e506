// npm run situations [-- <text>]: runs the situations whose name contains the text, or all. Installs their packages first.
// APPLICATION_NODE=path runs them on another Node.js, REGISTER=path with another register.ts, such as that of an earlier version.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('.', import.meta.url));
const root = fileURLToPath(new URL('../..', import.meta.url));

/** Exits when the command fails. Forwards signals as SIGINT, on which Vitest cleans up. */
async function run(command: string, args: string[], cwd: string): Promise<void> {
  const child = spawn(command, args, { cwd, stdio: 'inherit' });
  const forward = () => child.kill('SIGINT');
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, forward);
  const [code] = await once(child, 'exit');
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, forward);
  if (code !== 0) process.exit(code ?? 1);
}

/** Compares the lock file with the packages npm recorded as installed. */
function isInstalled(): boolean {
  const installed = `${folder}node_modules/.package-lock.json`;
  if (!existsSync(installed)) return false;
  const packagesOf = (path: string): Record<string, { version: string }> => JSON.parse(readFileSync(path, 'utf8')).packages;
  const present = packagesOf(installed);
  return Object.entries(packagesOf(`${folder}package-lock.json`)).every(
    ([path, { version, ...rest }]) => path === '' || 'optional' in rest || present[path]?.version === version,
  );
}

if (!isInstalled()) {
  console.log('installing the packages of telemetry/situations/package-lock.json …');
  await run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], folder);
}
const vitest = join(dirname(createRequire(import.meta.url).resolve('vitest/package.json')), 'vitest.mjs');
const filter = process.argv[2];
const only = filter ? ['--testNamePattern', filter.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')] : [];
await run(process.execPath, [vitest, 'run', '--config', `${folder}vitest.config.ts`, ...only], root);
