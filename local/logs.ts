import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import type { Part } from './parts.ts';
import { logFile } from './process.ts';

/** The last lines of each part; on a terminal, also those to come, until Ctrl-C. */
export async function showLogs(parts: Part[]): Promise<void> {
  const files = parts.map(({ name }) => logFile(name)).filter((path) => existsSync(path));
  if (files.length === 0) return console.log('there are no logs: nothing has run in local mode');
  spawnSync('tail', ['-n', '100', ...(process.stdout.isTTY ? ['-F'] : []), ...files], { stdio: 'inherit' });
}
