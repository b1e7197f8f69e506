// The stack without Docker: up, down, status, logs, clean. Called by the Makefile.
import { rm } from 'node:fs/promises';
import { down } from './down.ts';
import { lock } from './lock.ts';
import { showLogs } from './logs.ts';
import { parts } from './parts.ts';
import { removePostgresData } from './postgres.ts';
import { stateDirectory } from './settings.ts';
import { showStatus } from './status.ts';
import { up } from './up.ts';

const [command = '', ...names] = process.argv.slice(2);
const chosen = names.length > 0 ? parts.filter(({ name }) => names.includes(name)) : parts;

async function clean(): Promise<void> {
  await down(parts);
  removePostgresData(stateDirectory);
  await rm(stateDirectory, { recursive: true, force: true });
  console.log('the data of local mode are removed');
}

const commands: Record<string, () => Promise<void>> = {
  up: () => up(chosen),
  down: () => down(chosen),
  status: () => showStatus(parts),
  logs: () => showLogs(parts),
  clean,
};

process.stdout.on('error', () => {}); // make up | head: who stops reading does not stop the work

const run = commands[command];
if (!run) {
  console.error(`local: "${command}" is no command; there are ${Object.keys(commands).join(', ')}`);
  process.exit(64);
}
try {
  if (command !== 'status' && command !== 'logs') lock(`${stateDirectory}.lock`);
  await run();
} catch (error) {
  console.error((error as Error).message);
  process.exit(1);
}
