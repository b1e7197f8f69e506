import type { Component } from './components.ts';
import { stateOf, stop } from './process.ts';

/** Stops the components, the last one first, so that each still has what it needs to finish its requests. Data stay. */
export async function down(components: Component[]): Promise<void> {
  const noted = components.filter(({ name }) => stateOf(name) !== 'stopped').reverse();
  for (const { name } of noted) {
    await stop(name);
    console.log(`  ${name.padEnd(12)} stopped`);
  }
  if (noted.length === 0) console.log('nothing runs in local mode');
}
