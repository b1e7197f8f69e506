// Writes numbers, and reads their traces back through the frontend until they show whether a fault is on.
import { setTimeout as pause } from 'node:timers/promises';
import { problemOf, type Symptom, type Write, type Writes } from './symptoms.ts';

export interface Verdict {
  /** The symptom of the fault, in a sentence; undefined if no write shows it. */
  found: string | undefined;
  /** Why a write is not healthy, in a sentence; undefined if all are. */
  problem: string | undefined;
  /** Of the first write that is not healthy, else of the last one. */
  traceId: string;
}

/** For the telemetry of writes to arrive. */
const withinMs = 20_000;

/** A first look may see half of a trace: a verdict counts once it has not changed for this time. */
const confirmedAfterMs = 700;

/** @throws {Error} while the frontend is unreachable */
export async function observe(frontendUrl: string, symptom: Symptom): Promise<Verdict> {
  const { writes: count = 1, areConcurrent = false, absentAfterMs = confirmedAfterMs } = symptom;
  const pending: Promise<Write>[] = [];
  for (let index = 0; index < count; index += 1) {
    pending.push(write(frontendUrl));
    if (!areConcurrent) await pending.at(-1);
  }
  const writes = (await Promise.all(pending)) as Writes;

  const deadline = Date.now() + withinMs;
  let verdict: Verdict | undefined;
  let unchangedSince = Date.now();
  while (true) {
    for (const each of writes) await readBack(frontendUrl, each); // in turn: Loki looks through two days for each
    const found = symptom.find(writes);
    const unhealthy = writes.find((each) => problemOf(each) !== undefined);
    const problem = unhealthy && `write ${unhealthy.traceId}: ${problemOf(unhealthy)}`;
    if (!verdict || found !== verdict.found || problem !== verdict.problem) unchangedSince = Date.now();
    verdict = { found, problem, traceId: (unhealthy ?? (writes.at(-1) as Write)).traceId };

    const isKnown = found !== undefined || problem === undefined;
    const isConfirmed = Date.now() - unchangedSince > (found ? absentAfterMs : confirmedAfterMs);
    if ((isKnown && isConfirmed) || Date.now() > deadline) return verdict;
    await pause(200);
  }
}

async function write(frontendUrl: string): Promise<Write> {
  const response = await fetch(`${frontendUrl}/write`, { method: 'POST', signal: AbortSignal.timeout(withinMs) });
  const { traceId } = (await response.json()) as { traceId: string };
  return { status: response.status, traceId, spans: [], logs: [] };
}

async function readBack(frontendUrl: string, write: Write): Promise<void> {
  const trace = `${frontendUrl}/trace/${write.traceId}`;
  [write.spans, write.logs] = await Promise.all([readArray(trace), readArray(`${trace}/logs`)]);
}

/** @returns nothing for what has not arrived, and while the store is unreachable */
async function readArray(url: string): Promise<any[]> {
  const response = await fetch(url, { signal: AbortSignal.timeout(withinMs) });
  const body = await response.json();
  return response.ok ? (body as any[]) : [];
}
