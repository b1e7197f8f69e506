// What survives? make chaos: one fault after the other under load, and an account of what was answered. Writes lab/results/chaos.md and chaos.json.
import { setTimeout as pause } from 'node:timers/promises';
import { isCompleteWrite } from '../../page/complete-trace.ts';
import { account, lastId } from './account.ts';
import { type Fault, faultsOf } from './faults.ts';
import { startLoad, type Write, writeOnce } from './load.ts';
import { addToPage, type Outcome, sentence } from './page.ts';
import { type Mode, type Stack, useOwnPorts } from './stack.ts';

const beforeMs = 2_000;
const afterMs = 2_000;
const recoverWithinMs = 60_000;

const mode = process.env.MODE as Mode;
if (mode !== 'local' && mode !== 'docker') throw new Error(`MODE is "${mode}"; it takes local or docker`);
const chosen = process.env.FAULT?.split(',').filter(Boolean) ?? [];

await useOwnPorts();
process.env.COMPOSE_PROJECT_NAME = `chaos-${process.pid}`;
const startedAt = Date.now();
console.log(`starting a stack of its own (${mode})`);
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
  if (faults.length === 0) throw new Error(`FAULT is "${chosen}"; there is no such fault in ${mode} mode`);
  for (const fault of faults) {
    const outcome = await tryFault(stack, fault);
    outcomes.push(outcome);
    console.log(sentence(outcome));
  }
} finally {
  await stack.stop();
}

if (chosen.length === 0) addToPage(mode, outcomes);
const bad = outcomes.filter(({ isKept }) => !isKept);
const minutes = ((Date.now() - startedAt) / 60_000).toFixed(1);
console.log(`\n${mode}: ${outcomes.length - bad.length} passed, ${bad.length} failed, in ${minutes} minutes`);
process.exitCode = bad.length === 0 ? 0 : 1;

async function tryFault(stack: Stack, fault: Fault): Promise<Outcome> {
  process.stdout.write(`${fault.name.padEnd(20)} `);
  await fault.prepare?.();
  const idBefore = await lastId();
  const said = await stack.listen();
  const load = startLoad();
  await pause(beforeMs);
  const happensAt = Date.now();
  await fault.happen(stack);
  const overAt = Date.now();
  const [recoveredAt] = await Promise.all([recovered(stack), stack.bringBack()]);
  await pause(afterMs);
  await load.stop();

  const answered = load.writes.filter(({ status }) => status === 201);
  const { harmed, ...counts } = await account(stack, answered, idBefore);
  const { lost, refused } = await said();
  await fault.tidy?.();
  const missing = counts.lostTraces + counts.partialTraces + counts.lostLogs;
  const isOfThen = harmed.every((write) => answeredWithin(write, happensAt - (fault.mayLose?.withinMs ?? 0), overAt));
  const isExcused = missing === 0 || (fault.mayLose !== undefined && isOfThen && (!fault.mayLose.isCounted || lost >= missing));
  return {
    fault: fault.what,
    sent: load.writes.length,
    answered: answered.length,
    ...counts,
    saidLost: lost,
    saidRefused: refused,
    secondsToRecover: recoveredAt === undefined ? null : Number(((recoveredAt - overAt) / 1_000).toFixed(1)),
    why: missing > 0 && isExcused ? (fault.mayLose?.why ?? null) : null,
    isKept: counts.lostRows + counts.doubledRows === 0 && isExcused && recoveredAt !== undefined,
  };
}

function answeredWithin({ answeredAt }: Write, from: number, to: number): boolean {
  return answeredAt > from && answeredAt < to;
}

/** When the first write since now can be read back as a complete trace; undefined where none can. */
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
