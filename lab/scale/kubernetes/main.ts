// What survives on Kubernetes, and what do more backends give? On the node of a cluster where make up MODE=kubernetes runs:
//   node lab/scale/kubernetes/main.ts [FAULT…]    Writes lab/results/kubernetes.md and .json.
import { setTimeout as pause } from 'node:timers/promises';
import { isCompleteWrite } from '../../../page/complete-trace.ts';
import { account, lastId } from '../../chaos/account.ts';
import { startLoad, type Write, writeOnce } from '../../chaos/load.ts';
import { allReady, stores } from './cluster.ts';
import { type Fault, findFaults } from './faults.ts';
import { whatIsMissing } from './missing.ts';
import { type Outcome, saveOutcome } from './page.ts';
import { followPods } from './pod-logs.ts';

const beforeMs = 3_000;
const afterMs = 2_000;
const recoverWithinMs = 180_000;

const chosen = process.argv.slice(2);
const faults = (await findFaults()).filter(({ name }) => chosen.length === 0 || chosen.some((word) => name.includes(word)));
if (faults.length === 0) throw new Error(`there is no fault "${chosen.join(' ')}" here`);

const outcomes: Outcome[] = [];
for (const fault of faults) {
  await allReady();
  process.stdout.write(`${fault.name.padEnd(28)} `);
  const outcome = await injectFault(fault);
  outcomes.push(outcome);
  saveOutcome(outcome);
  console.log(JSON.stringify(outcome));
}
const bad = outcomes.filter(({ isKept }) => !isKept);
console.log(`\n${outcomes.length - bad.length} passed, ${bad.length} failed`);
process.exitCode = bad.length === 0 ? 0 : 1;

async function injectFault(fault: Fault): Promise<Outcome> {
  const idBefore = await lastId();
  const pods = await followPods('frontend', 'backend', 'collector', 'collector-sampler');
  const load = startLoad();
  await pause(beforeMs);
  const happensAt = Date.now();
  await fault.happen();
  const overAt = Date.now();
  const recoveredAt = await recovered();
  await pause(afterMs);
  await load.stop();

  const answered = load.writes.filter(({ status }) => status === 201);
  const { incomplete, ...counts } = await account(stores, answered, idBefore);
  const missing = counts.lostTraces + counts.partialTraces + counts.lostLogs;
  const isOfThen = incomplete.every(
    ({ answeredAt }) => answeredAt > happensAt - (fault.mayLose?.withinMs ?? 0) && answeredAt < overAt + 1_000,
  );
  const isExplained = missing === 0 || (fault.mayLose !== undefined && isOfThen);
  const linesOfPods = pods.stop();
  const lines = [...(isExplained ? [] : await whatIsMissing(incomplete)), ...linesOfPods];
  if (lines.length > 0) console.log(`\n  ${lines.join('\n  ')}`);
  return {
    fault: fault.what,
    sent: load.writes.length,
    answered: answered.length,
    ...counts,
    faultSeconds: seconds(overAt - happensAt),
    secondsToRecover: recoveredAt === undefined ? null : seconds(recoveredAt - overAt),
    why: missing > 0 && isExplained ? (fault.mayLose?.why ?? null) : null,
    isKept: counts.lostRows + counts.doubledRows === 0 && isExplained && recoveredAt !== undefined,
  };
}

/** When the first write since now can be read back as a complete trace; undefined where none can. */
async function recovered(): Promise<number | undefined> {
  const deadline = Date.now() + recoverWithinMs;
  const isComplete = async ({ traceId }: Write) =>
    isCompleteWrite((await stores.spansOf([traceId]).catch(() => undefined))?.get(traceId) ?? []);
  while (Date.now() < deadline) {
    const write = await writeOnce();
    for (const end = Date.now() + 15_000; write.status === 201 && Date.now() < end; await pause(50))
      if (await isComplete(write)) return Date.now();
    await pause(100);
  }
  return undefined;
}

function seconds(ms: number): number {
  return Number((ms / 1_000).toFixed(1));
}
