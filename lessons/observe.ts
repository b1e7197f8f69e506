// Writes, and looks at what arrives of them until it tells whether a fault is on.
import { setTimeout as pause } from 'node:timers/promises';
import type { Stores } from './stores.ts';
import { problemOf, type Symptom, type Write } from './symptoms.ts';

export interface Verdict {
  /** What the fault does, in a sentence; undefined where it does not. */
  symptom: string | undefined;
  /** What else keeps the writes from being healthy. */
  problem: string | undefined;
  traceIds: string[];
}

/** For the telemetry of writes to arrive. */
const withinMs = 20_000;

/** A first look may see half of a trace: what it tells has to stay as it is. */
const confirmedAfterMs = 700;

/** @throws {Error} while the frontend is unreachable */
export async function observe(frontendUrl: string, stores: Stores, symptom: Symptom): Promise<Verdict> {
  const { writes: count = 1, areConcurrent = false, absentAfterMs = confirmedAfterMs } = symptom;
  const pending: Promise<Write>[] = [];
  for (let index = 0; index < count; index += 1) {
    pending.push(write(frontendUrl));
    if (!areConcurrent) await pending.at(-1);
  }
  const writes = await Promise.all(pending);
  const traceIds = writes.map(({ traceId }) => traceId);

  const deadline = Date.now() + withinMs;
  let verdict: Verdict | undefined;
  let since = 0;
  while (Date.now() < deadline) {
    await Promise.all(writes.map((each) => readBack(each, stores)));
    const found = symptom.find(writes);
    const problem = writes.map((each) => describe(each)).find((sentence) => sentence !== undefined);
    if (!verdict || found !== verdict.symptom || problem !== verdict.problem) since = Date.now();
    verdict = { symptom: found, problem, traceIds };
    const isTold = found !== undefined || problem === undefined;
    if (isTold && Date.now() - since > (found ? absentAfterMs : confirmedAfterMs)) return verdict;
    await pause(200);
  }
  return verdict as Verdict;
}

function describe(each: Write): string | undefined {
  const problem = problemOf(each);
  return problem && `write ${each.traceId}: ${problem}`;
}

async function write(frontendUrl: string): Promise<Write> {
  const response = await fetch(`${frontendUrl}/write`, { method: 'POST', signal: AbortSignal.timeout(withinMs) });
  const { traceId } = (await response.json()) as { traceId: string };
  return { status: response.status, traceId, spans: [], logs: [] };
}

/** A store that is unreachable has nothing. */
async function readBack(each: Write, stores: Stores): Promise<void> {
  each.spans = await stores.spansOf(each.traceId).catch(() => []);
  each.logs = await stores.logsOf(each.traceId).catch(() => []);
}
