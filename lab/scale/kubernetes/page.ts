// lab/results/kubernetes.json and kubernetes.md: what came of each fault. A fault that runs again replaces its earlier result.
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
  /** How long the fault lasted. */
  faultSeconds: number;
  secondsToRecover: number | null;
  why: string | null;
  isKept: boolean;
}

type Dated = Outcome & { date: string };

const overlay = /kubernetes\/(\w+)\]/.exec(readFileSync(`${root}.kubernetes/kustomization.yaml`, 'utf8'))?.[1] ?? 'base';
const file = `${root}lab/results/kubernetes`;

export function saveOutcome(outcome: Outcome): void {
  const all: Record<string, Record<string, Dated>> = existsSync(`${file}.json`)
    ? JSON.parse(readFileSync(`${file}.json`, 'utf8'))
    : {};
  all[overlay] = { ...all[overlay], [outcome.fault]: { ...outcome, date: new Date().toISOString().slice(0, 10) } };
  writeFileSync(`${file}.json`, `${JSON.stringify(all, undefined, 2)}\n`);
  const tables = Object.entries(all).map(([name, outcomes]) => `## kubernetes/${name}\n\n${tableOf(Object.values(outcomes))}\n`);
  writeFileSync(`${file}.md`, `${introduction}\n${tables.join('\n')}`);
}

const introduction = `# Faults on Kubernetes

Written by \`node --env-file=.env lab/scale/kubernetes/main.ts\` on the node of a one-node cluster. The demo is written to 20 times a second through the
frontend's Service; meanwhile one fault is injected. Then each write that returned 201 is looked up: its row, exactly once; its complete trace; a
log line of each service.

- *answered*: writes that returned 201, of those that were sent. The others returned an error or got no response.
- *partial*: a trace that lacks a span, or has a span whose parent is missing.
- *took*: the duration of the fault. A \`kill -9\` ends all processes of one pod; the kubelet starts its container again.
- *to recover*: from the end of the fault to a write whose complete trace can be read.
`;

function tableOf(outcomes: Dated[]): string {
  const rows = outcomes.map((outcome) => {
    const { fault, answered, sent, lostRows, doubledRows, lostTraces, partialTraces, lostLogs, faultSeconds } = outcome;
    const recovery = outcome.secondsToRecover === null ? 'not within 3 minutes' : `${outcome.secondsToRecover} s`;
    const counts = [lostRows, doubledRows, lostTraces, partialTraces, lostLogs];
    const why = outcome.why ?? (outcome.isKept ? '' : 'not explained');
    return `| ${[fault, `${answered} of ${sent}`, ...counts, `${faultSeconds} s`, recovery, why].join(' | ')} |`;
  });
  return `${outcomes.at(-1)?.date}.

| fault | answered | lost rows | doubled rows | lost traces | partial traces | lost log lines | took | to recover | why |
|---|---|---|---|---|---|---|---|---|---|
${rows.join('\n')}`;
}
