// Left alone, the stack makes traces of the emitter and of nothing else: no health check, no scrape, no part's own work.
import { expect, test } from 'vitest';
import { until } from '../support/until.ts';
import { searchTraces } from './stack.ts';

const idleSeconds = Number(process.env.IDLE_SECONDS ?? 120);

test(`${idleSeconds} seconds of idle running show only emit number`, { timeout: (idleSeconds + 60) * 1000 }, async () => {
  const start = Math.ceil(Date.now() / 1000) + 5; // beyond what an earlier test has left
  const end = start + idleSeconds;
  await until('the end of the time', () => Date.now() / 1000 > end + 5, (idleSeconds + 30) * 1000);
  const traces = await searchTraces('{}', { start, end });
  const names = new Set(traces.map(({ rootServiceName, rootTraceName }) => `${rootServiceName}: ${rootTraceName}`));
  expect([...names]).toEqual(['frontend: emit number']);
  expect(traces.length).toBeGreaterThanOrEqual(Math.floor((idleSeconds * 1000) / Number(process.env.EMIT_INTERVAL_MS)) - 2);
  for (const { serviceStats } of traces) expect(serviceStats).toEqual({ frontend: { spanCount: 2 }, backend: { spanCount: 2 } });
});
