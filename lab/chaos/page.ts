// lab/results/chaos.md and chaos.json: what came of each fault. A run in one mode leaves what is there of the other.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { writesPerSecond } from './load.ts';
import { type Mode, root } from './stack.ts';

export interface Outcome {
  fault: string;
  sent: number;
  answered: number;
  lostRows: number;
  doubledRows: number;
  lostTraces: number;
  partialTraces: number;
  lostLogs: number;
  /** Spans and log records that the parts themselves said they had lost, or had refused for a while. */
  saidLost: number;
  saidRefused: number;
  secondsToRecover: number | null;
  why: string | null;
  isKept: boolean;
}

interface Run {
  date: string;
  outcomes: Outcome[];
}

const json = `${root}lab/results/chaos.json`;

export function addToPage(mode: Mode, outcomes: Outcome[]): void {
  const runs: Partial<Record<Mode, Run>> = existsSync(json) ? JSON.parse(readFileSync(json, 'utf8')) : {};
  runs[mode] = { date: new Date().toISOString().slice(0, 10), outcomes };
  writeFileSync(json, `${JSON.stringify(runs, undefined, 2)}\n`);
  writeFileSync(`${root}lab/results/chaos.md`, pageOf(runs));
}

const titles: Record<Mode, string> = {
  docker: 'In containers, where Docker restarts what ends',
  local: 'Without Docker, where `make up` brings back what ended',
};

function pageOf(runs: Partial<Record<Mode, Run>>): string {
  const parts = (['docker', 'local'] as const).map((mode) => {
    const run = runs[mode];
    return `## ${titles[mode]}\n\n${run ? tableOf(run) : `Not run yet: \`make chaos MODE=${mode}\`.\n`}`;
  });
  return `# What survives

Written by \`make chaos\`. A stack of its own is written to ${writesPerSecond} times a second through the frontend; meanwhile one thing goes wrong.
Then everything that was answered with 201 is looked for: its row, exactly once; its trace, whole; a log line of each service.

- *answered*: writes with 201, of those that were sent. The others were refused with a sentence, or got no answer; nothing is promised of them but that none is there twice.
- *partial*: a trace that lacks one of the four spans, or has one whose parent is not there.
- *to recover*: from the end of the fault (without Docker, from the call of \`make up\`) to a write whose whole trace can be read.
- *said*: spans and log records that the services (on stderr) and the Collector (in its metrics) say they have lost. What a process had in memory
  when it was killed, it cannot say: that is counted here alone.
- The jump of a clock is not among the faults: the machine has one clock, and containers share it.

${parts.join('\n')}`;
}

function tableOf({ date, outcomes }: Run): string {
  const rows = outcomes.map((outcome) => {
    const { fault, sent, answered, lostRows, doubledRows, lostTraces, partialTraces, lostLogs, saidLost } = outcome;
    const seconds = outcome.secondsToRecover === null ? 'not within a minute' : `${outcome.secondsToRecover} s`;
    const cells = [
      fault,
      `${answered} of ${sent}`,
      lostRows,
      doubledRows,
      lostTraces,
      partialTraces,
      lostLogs,
      saidLost,
      seconds,
    ];
    return `| ${cells.join(' | ')} | ${outcome.why ?? (outcome.isKept ? '' : 'not explained')} |`;
  });
  return `${date}.

| fault | answered | lost rows | doubled rows | lost traces | partial traces | lost log lines | said | to recover | why |
|---|---|---|---|---|---|---|---|---|---|
${rows.join('\n')}
`;
}

/** For the terminal. */
export function sentence(outcome: Outcome): string {
  const { sent, answered, lostRows, doubledRows, lostTraces, partialTraces, lostLogs, secondsToRecover, isKept, why } = outcome;
  return [
    isKept ? 'ok ' : 'NO ',
    `${answered} of ${sent} answered;`,
    `rows: ${lostRows} lost, ${doubledRows} doubled;`,
    `traces: ${lostTraces} lost, ${partialTraces} partial;`,
    `${lostLogs} log lines lost;`,
    secondsToRecover === null ? 'has not recovered' : `back after ${secondsToRecover} s`,
    `(said: ${outcome.saidLost} lost, ${outcome.saidRefused} refused)`,
    why ?? '',
  ].join(' ');
}
