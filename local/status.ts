import type { Part } from './parts.ts';
import { logFile, pidOf, portsOf, stateOf } from './process.ts';
import { ports as portsNow } from './settings.ts';

/** One line for each part. */
export async function showStatus(parts: Part[]): Promise<void> {
  for (const { name, ports } of parts) {
    const state = stateOf(name);
    const where = ports.map((port) => portsOf(name)[port] ?? portsNow[port]).join(', ');
    const note =
      state === 'running' ? `process ${pidOf(name)}` : state === 'crashed' ? `see ${logFile(name)}; make up starts it again` : '';
    console.log(`  ${name.padEnd(12)} ${state.padEnd(9)} port ${where.padEnd(12)} ${note}`);
  }
}
