// How long after the answer to a request can its trace be found? Against the stack in containers: npm run freshness [WRITES]
import { setTimeout as pause } from 'node:timers/promises';
import { chain, isCompleteWrite } from '../page/complete-trace.ts';
import { searchTraces, spansOf, write } from '../test/docker/stack.ts';

const writes = Number(process.argv[2] ?? 200);
const promisedMs = { 'by id': 1_000, 'by search': 3_000 };
const found: Record<keyof typeof promisedMs, number[]> = { 'by id': [], 'by search': [] };
const sought = new Map<string, number>(); // what no search has found yet, and when it was answered
const spanCounts = countBy(chain.map(({ service }) => service));
const startedAt = Math.floor(Date.now() / 1000) - 5;

const lookingById: Promise<void>[] = [];
const searching = searchAgainAndAgain();
for (let written = 0; written < writes; written++) {
  const { traceId } = await write();
  sought.set(traceId, Date.now());
  lookingById.push(lookById(traceId, Date.now()));
  await pause(200); // at this pace the looking does not slow what it looks at
}
await Promise.all([...lookingById, searching]);

for (const [way, promised] of Object.entries(promisedMs)) {
  const times = found[way as keyof typeof found].sort((a, b) => a - b);
  const percentile = (p: number) => times[Math.ceil((times.length * p) / 100) - 1] as number;
  const figures = `p50 ${percentile(50)} ms, p95 ${percentile(95)} ms, longest ${times.at(-1)} ms`;
  console.log(`${way.padEnd(10)} ${times.length} of ${writes} traces: ${figures} (promised: p95 within ${promised} ms)`);
  if (times.length < writes || percentile(95) > promised) process.exitCode = 1;
}

async function lookById(traceId: string, answeredAt: number): Promise<void> {
  while (!isCompleteWrite(await spansOf(traceId))) {
    if (Date.now() - answeredAt > 60_000) return console.error(`${traceId} is not complete after a minute`);
    await pause(20);
  }
  found['by id'].push(Date.now() - answeredAt);
}

/** One search for all that was written, as often as Tempo answers. */
async function searchAgainAndAgain(): Promise<void> {
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
      return console.error('a trace is not in search after a minute');
    await pause(50);
  }
}

function countBy(names: string[]): Record<string, number> {
  return Object.fromEntries([...Map.groupBy(names, (name) => name)].map(([name, { length }]) => [name, length]));
}
