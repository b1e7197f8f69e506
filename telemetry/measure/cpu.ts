// CPU time of set-ups for each request, side by side: each is loaded in turn, a slice at a time, until its telemetry has arrived.
import { setTimeout as pause } from 'node:timers/promises';
import type { Postgres } from '../../test/support/postgres.ts';
import { createDatabase } from '../../test/support/postgres.ts';
import { until } from '../../test/support/until.ts';
import type { Receiver } from './receiver.ts';
import { logsPerRequest, type Running, type SetUp, spansPerRequest, start } from './running.ts';

/** Processes that do the same differ by some percent from their start on. */
const generations = 3;
const rounds = 16;
const sliceRequests = 500;
const warmUpSlices = 8;

/** @returns by name of the set-up, CPU for a request in µs in each round */
export async function cpuOf(setUps: SetUp[], receiver: Receiver, postgres: Postgres): Promise<Record<string, number[]>> {
  const samples: Record<string, number[]> = Object.fromEntries(setUps.map(({ name }) => [name, []]));
  const database = await createDatabase(postgres, 'cpu');
  for (let generation = 1; generation <= generations; generation += 1) {
    const running: Running[] = [];
    for (const setUp of setUps) running.push(await start(setUp, { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint, ...database }));
    for (let slice = 0; slice < warmUpSlices; slice += 1) for (const one of running) await loadSlice(one, receiver);
    for (let round = 0; round < rounds; round += 1) {
      const order = running.map((_, place) => running[(place + round) % running.length] as Running);
      for (const one of order) samples[one.name]?.push(await loadSlice(one, receiver));
    }
    console.error(`processes ${generation} of ${generations}: ${JSON.stringify(samples)}`);
    for (const one of running) await one.end('SIGTERM');
  }
  return samples;
}

async function loadSlice(one: Running, receiver: Receiver): Promise<number> {
  const before = await one.cpuUs();
  const { spans, logs } = await receiver.counts(one.service);
  const answered = await one.load({ connections: 16, amount: sliceRequests });
  if (!one.preload) await pause(600);
  else {
    await until(`telemetry of ${one.name}`, async () => {
      const now = await receiver.counts(one.service);
      return now.spans - spans >= answered * spansPerRequest && now.logs - logs >= answered * logsPerRequest;
    });
  }
  return ((await one.cpuUs()) - before) / answered;
}
