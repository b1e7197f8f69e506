// The stack in containers, as a separate Compose project. Docker restarts containers that exit.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findLogs, spansOf } from '../../test/docker/stack.ts';
import { until } from '../../test/support/until.ts';
import { type Component, type Losses, lossesIn, run, type Stack } from './stack.ts';

const services = ['backend', 'frontend'];
const atATime = { traces: 8, logs: 50 };

export const compose = (...args: string[]) => run('docker', 'compose', ...args);

/** Project and ports are set in the environment. */
export async function startDockerStack(): Promise<Stack> {
  const state = mkdtempSync(join(tmpdir(), 'chaos-')); // where make up records its mode and ports, instead of .local/
  process.env.LOCAL_STATE_DIRECTORY = state;
  const stop = async () => {
    rmSync(state, { recursive: true, force: true });
    await compose('down', '--volumes', '--remove-orphans', '--rmi', 'local', '--timeout', '5');
    const ofProject = `--filter=label=com.docker.compose.project=${process.env.COMPOSE_PROJECT_NAME}`;
    const left = (await run('docker', 'volume', 'ls', '--quiet', ofProject)).split('\n').filter(Boolean); // created by the faults' Compose files
    if (left.length > 0) await run('docker', 'volume', 'rm', ...left);
  };
  await run('make', 'up', 'MODE=docker').catch(async (error) => {
    await stop();
    throw error;
  });

  return {
    components: ['backend', 'frontend', 'postgres', 'collector', 'tempo', 'loki', 'prometheus'],
    quietMs: 16_000, // longest retry interval in collector.yaml: 10 s, with up to 50 % jitter
    kill: async (component, signal) => killContainer((await containersOf(component))[0] ?? '', signal),
    freeze: async (component) => void (await compose('pause', component)),
    thaw: async (component) => void (await compose('unpause', component)),
    startStopped: async () => {},
    restart: async (component) => void (await compose('restart', component)),
    async spansOf(traceIds) {
      const left = [...traceIds];
      const found = new Map<string, Awaited<ReturnType<typeof spansOf>>>();
      const look = async () => {
        for (let id = left.pop(); id; id = left.pop()) found.set(id, await spansOf(id).catch(() => []));
      };
      await Promise.all(Array.from({ length: atATime.traces }, look));
      return found;
    },
    async logsOf(traceIds) {
      const found = new Map<string, Set<string>>(traceIds.map((id) => [id, new Set()]));
      for (let first = 0; first < traceIds.length; first += atATime.logs) {
        const ids = traceIds.slice(first, first + atATime.logs).join('|');
        const lines = await findLogs(`{service_name=~"${services.join('|')}"} | trace_id=~"${ids}"`, 5_000);
        for (const { trace_id = '', service_name = '' } of lines) found.get(trace_id)?.add(service_name);
      }
      return found;
    },
    async countLosses() {
      const since = new Date().toISOString();
      const before = await collectorLosses();
      return async (): Promise<Losses> => {
        const now = await collectorLosses();
        const grown = (name: 'lost' | 'refused') => (now[name] < before[name] ? now[name] : now[name] - before[name]); // the counters were reset by a restart
        const logs = await compose('logs', '--no-color', '--no-log-prefix', '--since', since, ...services);
        return { lost: grown('lost') + lossesIn(logs), refused: grown('refused') };
      };
    },
    stop,
  };
}

export async function containersOf(component: Component): Promise<string[]> {
  return (await compose('ps', '--quiet', component)).split('\n').filter(Boolean);
}

/** @returns a local image that contains Node.js */
export async function imageOfFrontend(): Promise<string> {
  return JSON.parse(await compose('images', '--format', 'json', 'frontend'))[0].ID;
}

/**
 * Sends the signal from a container that shares the host's process namespace, like the kernel or an administrator would. Docker restarts
 * a container that ends this way, but not after `docker kill`; and the first process of a container cannot be killed from inside it.
 * After SIGTERM the process has as much time as from Docker: stop_grace_period.
 */
export async function killContainer(id: string, signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
  const format = '{{.State.Pid}} {{.State.StartedAt}} {{or .Config.StopTimeout 10}}';
  const [pid, startedAt, graceSeconds] = (await run('docker', 'inspect', '--format', format, id)).trim().split(' ');
  const image = await imageOfFrontend();
  const script = `process.kill(${pid}, '${signal}')`;
  await run('docker', 'run', '--rm', '--pid=host', '--network=none', '--user=0', '--entrypoint=node', image, '-e', script);
  if (signal === 'SIGKILL') return;
  const hasEnded = async () => !(await run('docker', 'inspect', '--format', format, id)).startsWith(`${pid} ${startedAt}`);
  await until('the exit', hasEnded, 1_000 * Number(graceSeconds)).catch(() => killContainer(id, 'SIGKILL'));
}

/**
 * Reads the metrics of the Collector from another container; all are 0 while it is unavailable. Lost items are those the Pipeline dashboard
 * shows as lost and unaccounted: accepted, but neither sent nor queued.
 */
async function collectorLosses(): Promise<Losses> {
  const ask = "fetch('http://collector:8888/metrics').then((response) => response.text()).then(console.log)";
  const metrics = await compose('exec', '-T', 'frontend', 'node', '-e', ask).catch(() => '');
  const read = (name: string, label = '') =>
    [...metrics.matchAll(new RegExp(`^otelcol_${name}\\{[^}]*${label}[^}]*\\} (\\S+)`, 'gm'))].reduce(
      (sum, [, n]) => sum + Number(n),
      0,
    );
  const lost = (signal: string, exporter: string) => {
    const failed = read(`exporter_send_failed_${signal}_total`);
    const left =
      read(`receiver_accepted_${signal}_total`) - read(`exporter_sent_${signal}_total`) - read('exporter_queue_size', exporter);
    return failed + Math.max(0, left - failed);
  };
  return {
    lost: lost('spans', 'otlp_grpc') + lost('log_records', 'otlp_http'),
    refused: read('receiver_refused_spans_total') + read('receiver_refused_log_records_total'),
  };
}
