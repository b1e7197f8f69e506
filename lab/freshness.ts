// npm run freshness [WRITES]: measures how soon after the response a trace can be found. Needs the stack in containers.
import { setTimeout as pause } from 'node:timers/promises';
import { chain, isCompleteWrite } from '../page/complete-trace.ts';
import { searchTraces, spansOf, write } from '../test/docker/stack.ts';

const writes = Number(process.argv[2] ?? 200);
const promisedMs = { 'by id': 1_000, 'by search': 3_000 };
const found: Record<keyof typeof promisedMs, number[]> = { 'by id': [], 'by search': [] };
const sought = new Map<string, number>(); // traces not found by search yet, and when their response arrived
const spanCounts = countBy(chain.map(({ service }) => service));
const startedAt = Math.floor(Date.now() / 1000) - 5;

const lookingById: Promise<void>[] = [];
const searching = searchUntilAllFound();
for (let written = 0; written < writes; written++) {
  const { traceId } = await write();
  sought.set(traceId, Date.now());
  lookingById.push(lookById(traceId, Date.now()));
  await pause(200); // slow enough that polling does not delay the traces
}
await Promise.all([...lookingById, searching]);

for (const [way, promised] of Object.entries(promisedMs)) {
  const times = found[way as keyof typeof found].sort((a, b) => a - b);
  const percentile = (p: number) => times[Math.ceil((times.length * p) / 100) - 1] as number;
  const figures = `p50 ${percentile(50)} ms, p95 ${percentile(95)} ms, maximum ${times.at(-1)} ms`;
  console.log(`${way.padEnd(10)} ${times.length} of ${writes} traces: ${figures} (limit: p95 within ${promised} ms)`);
  if (times.length < writes || percentile(95) > promised) process.exitCode = 1;
}

async function lookById(traceId: string, answeredAt: number): Promise<void> {
  while (!isCompleteWrite(await spansOf(traceId))) {
    if (Date.now() - answeredAt > 60_000) return console.error(`${traceId} is not complete after a minute`);
    await pause(20);
  }
  found['by id'].push(Date.now() - answeredAt);
}

/** Repeats one search for all writes, as fast as Tempo responds. */
async function searchUntilAllFound(): Promise<void> {
  while (found['by search'].length < writes) {
    const end = Math.ceil(Date.now() / 1000) + 1;
    for (const { traceId, serviceStats } of await searchTraces('{ name = "POST /write" } && { name = "INSERT numbers" }', {
      start: startedAt,
      end,
    })) {
      const answeredAt = sought.get(traceId);
      const isComplete = Object.entries(spanCounts).every(([service, count]) => serviceStats[service]?.spanCount === count);
      if (answeredAt && isComplete && sought.delete(traceId)) found['by search'].push(Date.now() - answeredAt);
    }
    if ([...sought.values()].some((answeredAt) => Date.now() - answeredAt > 60_000))
      return console.error('search has not found every trace after a minute');
    await pause(50);
  }
}

function countBy(names: string[]): Record<string, number> {
  return Object.fromEntries([...Map.groupBy(names, (name) => name)].map(([name, { length }]) => [name, length]));
}
