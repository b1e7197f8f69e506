import { setTimeout as pause } from 'node:timers/promises';

/** Polls `look` until it returns a truthy value. After the time limit it throws an error with the last result. */
export async function until<Fact>(
  what: string,
  look: () => Fact | Promise<Fact>,
  timeoutMs = 60_000,
): Promise<NonNullable<Fact>> {
  const deadline = Date.now() + timeoutMs;
  let last: unknown;
  while (Date.now() < deadline) {
    try {
      const fact = await look();
      if (fact) return fact;
      last = fact;
    } catch (error) {
      last = error;
    }
    await pause(50);
  }
  throw new Error(`not seen within ${timeoutMs} ms: ${what} (last: ${last})`);
}
