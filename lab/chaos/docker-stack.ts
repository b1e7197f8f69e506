// The stack in containers, as a Compose project of its own. What ends is restarted by Docker.
import { findLogs, spansOf } from '../../test/docker/stack.ts';
import { until } from '../../test/support/until.ts';
import { lossesIn, type Part, run, type Said, type Stack } from './stack.ts';

const services = ['backend', 'frontend'];
const atATime = { traces: 8, logs: 50 };

export const compose = (...args: string[]) => run('docker', 'compose', ...args);

/** The environment says which project and which ports. */
export async function startDockerStack(): Promise<Stack> {
  const stop = async () => {
    await compose('down', '--volumes', '--remove-orphans', '--rmi', 'local', '--timeout', '5');
    const ofProject = `--filter=label=com.docker.compose.project=${process.env.COMPOSE_PROJECT_NAME}`;
    const left = (await run('docker', 'volume', 'ls', '--quiet', ofProject)).split('\n').filter(Boolean); // of the faults' own files
    if (left.length > 0) await run('docker', 'volume', 'rm', ...left);
  };
  await run('make', 'up', 'MODE=docker').catch(async (error) => {
    await stop();
    throw error;
  });

  return {
    parts: ['backend', 'frontend', 'postgres', 'collector', 'tempo', 'loki', 'prometheus'],
    quietMs: 16_000, // collector.yaml: 10 s, and up to a half more
    kill: async (part, signal) => killContainer((await containersOf(part))[0] ?? '', signal),
    freeze: async (part) => void (await compose('pause', part)),
    thaw: async (part) => void (await compose('unpause', part)),
    bringBack: async () => {},
    restart: async (part) => void (await compose('restart', part)),
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
    async listen() {
      const since = new Date().toISOString();
      const before = await askCollector();
      return async (): Promise<Said> => {
        const now = await askCollector();
        const grown = (name: 'lost' | 'refused') => (now[name] < before[name] ? now[name] : now[name] - before[name]); // restarted: counts anew
        const said = await compose('logs', '--no-color', '--no-log-prefix', '--since', since, ...services);
        return { lost: grown('lost') + lossesIn(said), refused: grown('refused') };
      };
    },
    stop,
  };
}

export async function containersOf(part: Part): Promise<string[]> {
  return (await compose('ps', '--quiet', part)).split('\n').filter(Boolean);
}

/** An image with Node.js in it that is there. */
export async function imageOfFrontend(): Promise<string> {
  return JSON.parse(await compose('images', '--format', 'json', 'frontend'))[0].ID;
}

/**
 * As the kernel or a person on the machine would, from a container that sees all processes: Docker restarts what ends so,
 * but not what `docker kill` has ended, and the first process of a container cannot be killed from inside it.
 * After SIGTERM it has as long as Docker would give it: stop_grace_period.
 */
export async function killContainer(id: string, signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
  const format = '{{.State.Pid}} {{.State.StartedAt}} {{or .Config.StopTimeout 10}}';
  const [pid, startedAt, graceSeconds] = (await run('docker', 'inspect', '--format', format, id)).trim().split(' ');
  const image = await imageOfFrontend();
  const script = `process.kill(${pid}, '${signal}')`;
  await run('docker', 'run', '--rm', '--pid=host', '--network=none', '--user=0', '--entrypoint=node', image, '-e', script);
  if (signal === 'SIGKILL') return;
  const hasEnded = async () => !(await run('docker', 'inspect', '--format', format, id)).startsWith(`${pid} ${startedAt}`);
  await until('its end', hasEnded, 1_000 * Number(graceSeconds)).catch(() => killContainer(id, 'SIGKILL'));
}

/**
 * Its metrics, asked from a container beside it; nothing while it is away. Lost is what the Pipeline dashboard calls lost and unaccounted:
 * of what was taken, what is neither sent on nor waiting.
 */
async function askCollector(): Promise<Said> {
  const ask = "fetch('http://collector:8888/metrics').then((answer) => answer.text()).then(console.log)";
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
