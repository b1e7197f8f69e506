// Writes lab/results/chaos.md and chaos.json: the outcome of each fault. A run in one mode does not change the results of the other.
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
  /** Spans and log records that the components reported as lost, or as refused for a while. */
  reportedLost: number;
  reportedRefused: number;
  secondsToRecover: number | null;
  why: string | null;
  isKept: boolean;
}

interface Run {
  date: string;
  outcomes: Outcome[];
}

const json = `${root}lab/results/chaos.json`;

export function saveOutcomes(mode: Mode, outcomes: Outcome[]): void {
  const runs: Partial<Record<Mode, Run>> = existsSync(json) ? JSON.parse(readFileSync(json, 'utf8')) : {};
  runs[mode] = { date: new Date().toISOString().slice(0, 10), outcomes };
  writeFileSync(json, `${JSON.stringify(runs, undefined, 2)}\n`);
  writeFileSync(`${root}lab/results/chaos.md`, renderPage(runs));
}

const titles: Record<Mode, string> = {
  docker: 'In containers, restarted by Docker',
  local: 'Without Docker, restarted with `make up`',
};

function renderPage(runs: Partial<Record<Mode, Run>>): string {
  const sections = (['docker', 'local'] as const).map((mode) => {
    const run = runs[mode];
    return `## ${titles[mode]}\n\n${run ? tableOf(run) : `Not run yet: \`make chaos MODE=${mode}\`.\n`}`;
  });
  return `# Reliability under faults

Written by \`make chaos\`. The frontend of a separate stack receives ${writesPerSecond} writes per second while one fault is injected.
Afterwards each write that returned 201 is checked: exactly one row, a complete trace, and a log line of each service.

- *answered*: writes that returned 201, of those that were sent. The others returned an error or got no response; they may be stored, but never twice.
- *partial*: a trace that lacks one of the four spans, or has a span whose parent is missing.
- *to recover*: from the end of the fault (without Docker, from the call of \`make up\`) to a write whose complete trace can be read.
- *reported*: spans and log records that the services (on stderr) and the Collector (in its metrics) reported as lost. A killed process cannot
  report what it had in memory.
- Clock jumps are not tested, because containers share the clock of the machine.

${sections.join('\n')}`;
}

function tableOf({ date, outcomes }: Run): string {
  const rows = outcomes.map((outcome) => {
    const { fault, sent, answered, lostRows, doubledRows, lostTraces, partialTraces, lostLogs, reportedLost } = outcome;
    const seconds = outcome.secondsToRecover === null ? 'not within a minute' : `${outcome.secondsToRecover} s`;
    const cells = [
      fault,
      `${answered} of ${sent}`,
      lostRows,
      doubledRows,
      lostTraces,
      partialTraces,
      lostLogs,
      reportedLost,
      seconds,
    ];
    return `| ${cells.join(' | ')} | ${outcome.why ?? (outcome.isKept ? '' : 'not explained')} |`;
  });
  return `${date}.

| fault | answered | lost rows | duplicate rows | lost traces | partial traces | lost log lines | reported | to recover | reason |
|---|---|---|---|---|---|---|---|---|---|
${rows.join('\n')}
`;
}

/** @returns one line for the terminal */
export function summaryLine(outcome: Outcome): string {
  const { sent, answered, lostRows, doubledRows, lostTraces, partialTraces, lostLogs, secondsToRecover, isKept, why } = outcome;
  return [
    isKept ? 'ok    ' : 'FAILED',
    `${answered} of ${sent} answered;`,
    `rows: ${lostRows} lost, ${doubledRows} duplicate;`,
    `traces: ${lostTraces} lost, ${partialTraces} partial;`,
    `${lostLogs} log lines lost;`,
    secondsToRecover === null ? 'not recovered' : `recovered after ${secondsToRecover} s`,
    `(reported: ${outcome.reportedLost} lost, ${outcome.reportedRefused} refused)`,
    why ?? '',
  ].join(' ');
}
