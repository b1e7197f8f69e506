import type { Part } from './parts.ts';
import { stateOf, stop } from './process.ts';

/** Stops the parts, the last one first, so that each still has what it needs to finish its work. Data stay. */
export async function down(parts: Part[]): Promise<void> {
  const noted = parts.filter(({ name }) => stateOf(name) !== 'stopped').reverse();
  for (const { name } of noted) {
    await stop(name);
    console.log(`  ${name.padEnd(12)} stopped`);
  }
  if (noted.length === 0) console.log('nothing runs in local mode');
}
