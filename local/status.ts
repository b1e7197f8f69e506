import type { Part } from './parts.ts';
import { logFile, pidOf, stateOf } from './process.ts';
import { settings } from './settings.ts';

/** One line for each part; exit status 1 where one has crashed. */
export async function showStatus(parts: Part[]): Promise<void> {
  for (const { name, ports } of parts) {
    const state = stateOf(name);
    const where = ports.map((port) => settings[port]).join(', ');
    const note =
      state === 'running' ? `process ${pidOf(name)}` : state === 'crashed' ? `see ${logFile(name)}; make up starts it again` : '';
    console.log(`  ${name.padEnd(12)} ${state.padEnd(9)} port ${where.padEnd(12)} ${note}`);
    if (state === 'crashed') process.exitCode = 1;
  }
}
