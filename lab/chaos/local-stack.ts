// The stack of local mode (make up MODE=local) in a separate state directory. Only make up restarts a process there.
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isAlive } from '../../local/alive.ts';
import type { TraceSpan } from '../../page/complete-trace.ts';
import { until } from '../../test/support/until.ts';
import { type Component, lossesIn, run, type Stack } from './stack.ts';

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

  /** The process and its children, because those of PostgreSQL are in separate process groups. */
  async function processesOf(component: Component): Promise<number[]> {
    const { pid } = JSON.parse(readFileSync(join(state, `${component}.json`), 'utf8'));
    const children = await run('pgrep', '-P', String(pid)).catch(() => ''); // exits with 1 if there are none
    return [pid, ...children.split('\n').filter(Boolean).map(Number)];
  }

  async function kill(component: Component, signal: NodeJS.Signals): Promise<void> {
    const [pid = 0] = await processesOf(component);
    const isWaitedFor = signal === 'SIGTERM' && component === 'postgres'; // on SIGTERM, PostgreSQL waits until the last client has disconnected
    process.kill(pid, isWaitedFor ? 'SIGINT' : signal);
    await until(`the exit of ${component}`, () => !isAlive(pid));
  }

  async function signal(component: Component, signal: NodeJS.Signals): Promise<void> {
    for (const pid of await processesOf(component)) process.kill(pid, signal);
  }

  async function query<Entry>(what: 'traces' | 'logs', traceIds: string[]): Promise<Entry[]> {
    const found: Entry[] = [];
    for (let first = 0; first < traceIds.length; first += 100) {
      const query = `trace_id IN ${JSON.stringify(traceIds.slice(first, first + 100))}`;
      const response = await fetch(`${viewer}/api/query/${what}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ query, limit: 1_000 }),
        signal: AbortSignal.timeout(10_000),
      });
      found.push(...(await response.json())[what]);
    }
    return found;
  }

  return {
    components: ['backend', 'frontend', 'postgres', 'viewer'],
    quietMs: 7_000, // longest retry interval in telemetry/src/queue.ts: 5 s
    kill,
    freeze: (component) => signal(component, 'SIGSTOP'),
    thaw: (component) => signal(component, 'SIGCONT'),
    startStopped: async () => void (await up()),
    async restart(component) {
      await kill(component, 'SIGTERM');
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
    async countLosses() {
      const before = services.map((name) => ({ name, ...statSync(join(state, `${name}.log`)) }));
      return async () => {
        const logs = before.map(({ name, ino, size }) => {
          const path = join(state, `${name}.log`);
          const isSame = statSync(path).ino === ino; // a restart renames the log file of the previous run
          const [old, current] = isSame ? [path, undefined] : [`${path}.1`, path];
          return readFileSync(old).subarray(size).toString() + (current ? readFileSync(current, 'utf8') : '');
        });
        return { lost: logs.map(lossesIn).reduce((a, b) => a + b, 0), refused: 0 };
      };
    },
    stop,
  };
}
