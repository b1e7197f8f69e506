import type { Part } from './parts.ts';
import { environmentOf, logFile, pidOf, stateOf } from './process.ts';
import { settings } from './settings.ts';

/** One line for each part. */
export async function showStatus(parts: Part[]): Promise<void> {
  for (const { name, ports } of parts) {
    const state = stateOf(name);
    const where = ports.map((port) => environmentOf(name)[port] ?? settings[port]).join(', ');
    const note =
      state === 'running' ? `process ${pidOf(name)}` : state === 'crashed' ? `see ${logFile(name)}; make up starts it again` : '';
    console.log(`  ${name.padEnd(12)} ${state.padEnd(9)} port ${where.padEnd(12)} ${note}`);
  }
}
