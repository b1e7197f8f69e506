// lab/results/kubernetes.json: what came of each fault, by its words; and the table of it for docs/kubernetes.md.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { root } from '../../chaos/stack.ts';

export interface Outcome {
  fault: string;
  sent: number;
  answered: number;
  lostRows: number;
  doubledRows: number;
  lostTraces: number;
  partialTraces: number;
  lostLogs: number;
  /** How long it went on. */
  faultSeconds: number;
  secondsToRecover: number | null;
  why: string | null;
  isKept: boolean;
}

const overlay = /kubernetes\/(\w+)\]/.exec(readFileSync(`${root}.kubernetes/kustomization.yaml`, 'utf8'))?.[1] ?? 'base';
const json = `${root}lab/results/kubernetes.json`;

/** A fault that ran before is replaced. */
export function saveOutcomes(outcomes: Outcome[]): void {
  const all: Record<string, Record<string, Outcome & { date: string }>> = existsSync(json)
    ? JSON.parse(readFileSync(json, 'utf8'))
    : {};
  const date = new Date().toISOString().slice(0, 10);
  all[overlay] = { ...all[overlay], ...Object.fromEntries(outcomes.map((outcome) => [outcome.fault, { ...outcome, date }])) };
  writeFileSync(json, `${JSON.stringify(all, undefined, 2)}\n`);
}

export function tableOf(outcomes: Outcome[]): string {
  const rows = outcomes.map((outcome) => {
    const { fault, answered, sent, lostRows, doubledRows, lostTraces, partialTraces, lostLogs, faultSeconds } = outcome;
    const recovery = outcome.secondsToRecover === null ? 'not within 90 s' : `${outcome.secondsToRecover} s`;
    const cells = [
      fault,
      `${answered} of ${sent}`,
      lostRows,
      doubledRows,
      lostTraces,
      partialTraces,
      lostLogs,
      `${faultSeconds} s`,
      recovery,
    ];
    return `| ${cells.join(' | ')} | ${outcome.why ?? (outcome.isKept ? '' : 'not explained')} |`;
  });
  return `| fault | answered | lost rows | doubled rows | lost traces | partial traces | lost log lines | took | to recover | why |
|---|---|---|---|---|---|---|---|---|---|
${rows.join('\n')}`;
}
