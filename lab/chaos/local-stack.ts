// The stack of local mode, with data of its own: make up MODE=local. Nothing restarts a process there but make up.
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isAlive } from '../../local/alive.ts';
import type { TraceSpan } from '../../page/complete-trace.ts';
import { until } from '../../test/support/until.ts';
import { lossesIn, type Part, run, type Stack } from './stack.ts';

const services = ['backend', 'frontend'] as const;

type ViewerSpan = Omit<TraceSpan, 'service'> & { traceId: string; attributes: Record<string, unknown> };

export async function startLocalStack(): Promise<Stack> {
  const state = mkdtempSync(join(tmpdir(), 'chaos-'));
  process.env.LOCAL_STATE_DIRECTORY = state;
  const viewer = `http://localhost:${process.env.UI_PORT}`;
  const stop = async () => {
    await run('make', 'clean', 'MODE=local');
    rmSync(state, { recursive: true, force: true });
  };
  await up().catch(async (error) => {
    await stop();
    throw error;
  });

  function up(): Promise<string> {
    return run('make', 'up', 'MODE=local');
  }

  /** With its children: those of PostgreSQL are in process groups of their own. */
  async function processesOf(part: Part): Promise<number[]> {
    const { pid } = JSON.parse(readFileSync(join(state, `${part}.json`), 'utf8'));
    const children = await run('pgrep', '-P', String(pid)).catch(() => ''); // which ends with 1 where there are none
    return [pid, ...children.split('\n').filter(Boolean).map(Number)];
  }

  async function kill(part: Part, signal: NodeJS.Signals): Promise<void> {
    const [pid = 0] = await processesOf(part);
    const isWaitedFor = signal === 'SIGTERM' && part === 'postgres'; // by which it means: when the last client has gone
    process.kill(pid, isWaitedFor ? 'SIGINT' : signal);
    await until(`the end of ${part}`, () => !isAlive(pid));
  }

  async function signal(part: Part, signal: NodeJS.Signals): Promise<void> {
    for (const pid of await processesOf(part)) process.kill(pid, signal);
  }

  async function query<Entry>(what: 'traces' | 'logs', traceIds: string[]): Promise<Entry[]> {
    const found: Entry[] = [];
    for (let first = 0; first < traceIds.length; first += 100) {
      const query = `trace_id IN ${JSON.stringify(traceIds.slice(first, first + 100))}`;
      const answer = await fetch(`${viewer}/api/query/${what}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ query, limit: 1_000 }),
        signal: AbortSignal.timeout(10_000),
      });
      found.push(...(await answer.json())[what]);
    }
    return found;
  }

  return {
    parts: ['backend', 'frontend', 'postgres', 'viewer'],
    quietMs: 7_000, // telemetry/src/queue.ts pauses for 5 s
    kill,
    freeze: (part) => signal(part, 'SIGSTOP'),
    thaw: (part) => signal(part, 'SIGCONT'),
    bringBack: async () => void (await up()),
    async restart(part) {
      await kill(part, 'SIGTERM');
      await up();
    },
    async spansOf(traceIds) {
      const traces = await query<{ spans: ViewerSpan[] }>('traces', traceIds);
      return Map.groupBy(
        traces.flatMap(({ spans }) => spans.map((span) => ({ ...span, service: String(span.attributes['service.name']) }))),
        ({ traceId }) => traceId,
      );
    },
    async logsOf(traceIds) {
      const lines = await query<{ traceId: string; resourceName: string }>('logs', traceIds);
      const byTrace = Map.groupBy(lines, ({ traceId }) => traceId);
      return new Map([...byTrace].map(([traceId, found]) => [traceId, new Set(found.map(({ resourceName }) => resourceName))]));
    },
    async listen() {
      const before = services.map((name) => ({ name, ...statSync(join(state, `${name}.log`)) }));
      return async () => {
        const said = before.map(({ name, ino, size }) => {
          const path = join(state, `${name}.log`);
          const isSame = statSync(path).ino === ino; // a start moves the file of the last run aside
          const [old, current] = isSame ? [path, undefined] : [`${path}.1`, path];
          return readFileSync(old).subarray(size).toString() + (current ? readFileSync(current, 'utf8') : '');
        });
        return { lost: said.map(lossesIn).reduce((a, b) => a + b, 0), refused: 0 };
      };
    },
    stop,
  };
}
