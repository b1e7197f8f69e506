// make chaos: injects one fault after another under load, and checks what was stored. Writes lab/results/chaos.md and chaos.json.
import { setTimeout as pause } from 'node:timers/promises';
import { isCompleteWrite } from '../../page/complete-trace.ts';
import { account, lastId } from './account.ts';
import { type Fault, faultsOf } from './faults.ts';
import { startLoad, type Write, writeOnce } from './load.ts';
import { type Outcome, saveOutcomes, summaryLine } from './page.ts';
import { type Mode, type Stack, useFreePorts } from './stack.ts';

const beforeMs = 2_000;
const afterMs = 2_000;
const recoverWithinMs = 60_000;

const mode = process.env.MODE as Mode;
if (mode !== 'local' && mode !== 'docker') throw new Error(`MODE is "${mode}": expected local or docker`);
const chosen = process.env.FAULT?.split(',').filter(Boolean) ?? [];

await useFreePorts();
process.env.CHAOS_PROJECT = `chaos-${process.pid}`; // for make up, which ignores Compose's own variable
process.env.COMPOSE_PROJECT_NAME = process.env.CHAOS_PROJECT;
const startedAt = Date.now();
console.log(`starting a separate stack (${mode})`);
const stack = await (mode === 'local'
  ? (await import('./local-stack.ts')).startLocalStack()
  : (await import('./docker-stack.ts')).startDockerStack());
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.once(signal, async () => {
    await stack.stop();
    process.exit(1);
  });

const outcomes: Outcome[] = [];
try {
  const dockerFaults = mode === 'docker' ? (await import('./docker-faults.ts')).dockerFaults : [];
  const faults = [...faultsOf(stack), ...dockerFaults].filter(({ name }) => chosen.length === 0 || chosen.includes(name));
  if (faults.length === 0) throw new Error(`FAULT is "${chosen}": no such fault in ${mode} mode`);
  for (const fault of faults) {
    const outcome = await injectFault(stack, fault);
    outcomes.push(outcome);
    console.log(summaryLine(outcome));
  }
} finally {
  await stack.stop();
}

if (chosen.length === 0) saveOutcomes(mode, outcomes);
const bad = outcomes.filter(({ isKept }) => !isKept);
const minutes = ((Date.now() - startedAt) / 60_000).toFixed(1);
console.log(`\n${mode}: ${outcomes.length - bad.length} passed, ${bad.length} failed, in ${minutes} minutes`);
process.exitCode = bad.length === 0 ? 0 : 1;

async function injectFault(stack: Stack, fault: Fault): Promise<Outcome> {
  process.stdout.write(`${fault.name.padEnd(20)} `);
  await fault.prepare?.();
  const idBefore = await lastId();
  const reported = await stack.countLosses();
  const load = startLoad();
  await pause(beforeMs);
  const injectedAt = Date.now();
  await fault.inject(stack);
  const overAt = Date.now();
  const [recoveredAt] = await Promise.all([recovered(stack), stack.startStopped()]);
  await pause(afterMs);
  await load.stop();

  const answered = load.writes.filter(({ status }) => status === 201);
  const { incomplete, ...counts } = await account(stack, answered, idBefore);
  const { lost, refused } = await reported();
  await fault.cleanUp?.();
  const missing = counts.lostTraces + counts.partialTraces + counts.lostLogs;
  const isExpectedTime = incomplete.every((write) =>
    answeredWithin(write, injectedAt - (fault.allowedLoss?.withinMs ?? 0), overAt),
  );
  const isAllowed =
    missing === 0 || (fault.allowedLoss !== undefined && isExpectedTime && (!fault.allowedLoss.isReported || lost >= missing));
  return {
    fault: fault.what,
    sent: load.writes.length,
    answered: answered.length,
    ...counts,
    reportedLost: lost,
    reportedRefused: refused,
    secondsToRecover: recoveredAt === undefined ? null : Number(((recoveredAt - overAt) / 1_000).toFixed(1)),
    why: missing > 0 && isAllowed ? (fault.allowedLoss?.why ?? null) : null,
    isKept: counts.lostRows + counts.doubledRows === 0 && isAllowed && recoveredAt !== undefined,
  };
}

function answeredWithin({ answeredAt }: Write, from: number, to: number): boolean {
  return answeredAt > from && answeredAt < to;
}

/** @returns when the trace of a new write is first found complete, or undefined if that does not inject in time */
async function recovered(stack: Stack): Promise<number | undefined> {
  const deadline = Date.now() + recoverWithinMs;
  while (Date.now() < deadline) {
    const { status, traceId } = await writeOnce();
    for (const end = Date.now() + 10_000; status === 201 && Date.now() < end; await pause(50)) {
      const spans = await stack.spansOf([traceId]).catch(() => undefined);
      if (isCompleteWrite(spans?.get(traceId) ?? [])) return Date.now();
    }
    await pause(100);
  }
  return undefined;
}
