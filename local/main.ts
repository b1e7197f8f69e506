// The stack without Docker: up, down, status, clean. Called by local/run.sh, faults/fault.sh and npm run backend.
import { mkdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { lock } from 'proper-lockfile';
import { components } from './components.ts';
import { down } from './down.ts';
import { removePostgresData } from './postgres.ts';
import { stateDirectory } from './settings.ts';
import { showStatus } from './status.ts';
import { up } from './up.ts';

const [command = '', ...names] = process.argv.slice(2);
const chosen = names.length > 0 ? components.filter(({ name }) => names.includes(name)) : components;

async function clean(): Promise<void> {
  await down(components);
  removePostgresData(stateDirectory);
  await rm(stateDirectory, { recursive: true, force: true });
  console.log('removed the data of local mode');
}

const commands: Record<string, () => Promise<void>> = {
  up: () => up(chosen),
  down: () => down(components),
  status: showStatus,
  clean,
};

/** Two commands at a time would each start what the other has not noted yet. */
async function refuseSecondCommand(): Promise<void> {
  mkdirSync(dirname(stateDirectory), { recursive: true });
  await lock(stateDirectory, { realpath: false, onCompromised: (error) => console.error(error.message) }).catch((error) => {
    if (error.code !== 'ELOCKED') throw error;
    throw new Error(
      'another make up, down or clean is running in this folder, or was killed less than ten seconds ago: wait until it has ended',
    );
  });
}

process.stdout.on('error', () => {}); // make up | head: a reader that leaves does not stop the command

const run = commands[command];
if (!run) {
  console.error(`local: unknown command "${command}"; expected ${Object.keys(commands).join(', ')}`);
  process.exit(64);
}
try {
  if (command !== 'status') await refuseSecondCommand();
  await run();
  process.exit(); // not before the lock is released
} catch (error) {
  console.error((error as Error).message);
  process.exit(1);
}
