// Loaded into the measured process before all else (node --import): says what it has used, and profiles itself, when asked.
import { writeFileSync } from 'node:fs';
import type { Session } from 'node:inspector/promises';

export type Question = { ask: 'usage' } | { ask: 'profile' } | { ask: 'profiled'; path: string };

export interface Usage {
  /** User and system time of all threads since the start, in microseconds. */
  cpuUs: number;
  peakBytes: number;
}

const { channel } = process;
let session: Session | undefined;

process.on('message', async (question: Question) => {
  if (question.ask === 'profile') {
    session = new (await import('node:inspector/promises')).Session();
    session.connect();
    await session.post('Profiler.enable');
    await session.post('Profiler.start');
  }
  if (question.ask === 'profiled' && session) {
    const { profile } = (await session.post('Profiler.stop')) as { profile: unknown };
    writeFileSync(question.path, JSON.stringify(profile));
    session.disconnect();
  }
  const { user, system } = process.cpuUsage();
  process.send?.({ cpuUs: user + system, peakBytes: process.resourceUsage().maxRSS * 1024 } satisfies Usage);
});
channel?.unref(); // the process shall end as it would without
