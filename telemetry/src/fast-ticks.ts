// Node.js creates an object for each process.nextTick(), as a literal with computed names. If V8 collects garbage several times while no
// such object is alive, as is likely in timers that export telemetry, it discards their hidden class, and from then on creates each of them
// in its runtime: a tick takes seven times as long until the process ends. One that stays alive preserves the class.
import { resourceOf } from './async-resource.ts';

const alive: (object | undefined)[] = [];

export function keepTicksFast(): void {
  alive.push(resourceOf('TickObject', () => process.nextTick(() => {})));
}
