// The demo in a cluster, seen from its node: Services at their cluster addresses, processes of pods in /proc.
import { readdirSync, readFileSync } from 'node:fs';
import type { TraceSpan } from '../../../page/complete-trace.ts';
import { tempoTraces } from '../../../page/stores/tempo.ts';
import { root, run, type Stack } from '../../chaos/stack.ts';

const context = readFileSync(`${root}.kubernetes/context`, 'utf8').trim(); // where make up started it
const services = ['backend', 'frontend'];
const atATime = { traces: 8, logs: 50 };

export const kubectl = (...args: string[]) =>
  run('kubectl', '--context', context, '--namespace', 'fastify-opentelemetry-demo', ...args);

const [tempo, loki] = await Promise.all([urlOf('tempo', 3200), urlOf('loki', 3100)]);
process.env.FRONTEND_URL = await urlOf('frontend', 3001); // for the load
process.env.PGHOST = new URL(await urlOf('postgres', 5432)).hostname; // for the account
process.env.PGPORT = '5432';
process.loadEnvFile(`${root}.env`); // what is set wins

/** Port and cluster address of a Service: it does not change when its pods do. */
export async function urlOf(service: string, port: number): Promise<string> {
  const address = await kubectl('get', 'service', service, '--output', 'jsonpath={.spec.clusterIP}');
  return `http://${address}:${port}`;
}

/** What the account reads back. */
export const stores: Pick<Stack, 'spansOf' | 'logsOf' | 'quietMs'> = {
  quietMs: 20_000, // the Collector waits for up to 15 s between two attempts
  async spansOf(traceIds) {
    const left = [...traceIds];
    const found = new Map<string, TraceSpan[]>();
    const readNext = async () => {
      for (let id = left.pop(); id; id = left.pop()) found.set(id, await spansOfTrace(id).catch(() => []));
    };
    await Promise.all(Array.from({ length: atATime.traces }, readNext));
    return found;
  },
  async logsOf(traceIds) {
    const found = new Map<string, Set<string>>(traceIds.map((id) => [id, new Set()]));
    for (let first = 0; first < traceIds.length; first += atATime.logs) {
      const ids = traceIds.slice(first, first + atATime.logs).join('|');
      const query = `{service_name=~"${services.join('|')}"} | trace_id=~"${ids}"`;
      const { data } = await getJson(`${loki}/loki/api/v1/query_range?limit=5000&query=${encodeURIComponent(query)}`);
      for (const { stream } of data.result) found.get(stream.trace_id)?.add(stream.service_name);
    }
    return found;
  },
};

async function spansOfTrace(traceId: string): Promise<TraceSpan[]> {
  const spans = await tempoTraces(tempo).read(traceId, AbortSignal.timeout(10_000));
  return [...new Map(spans.map((span) => [span.spanId, span])).values()]; // a span that was sent twice counts once
}

// biome-ignore lint/suspicious/noExplicitAny: the responses of two programs
async function getJson(url: string): Promise<any> {
  const response = await fetch(url, { signal: AbortSignal.timeout(10_000) });
  if (!response.ok) throw new Error(`${url} responded with ${response.status}`);
  return response.json();
}

/** SIGKILL for all processes of the workload's first pod, as the kernel would send it. The kubelet starts them again. */
export async function killPodOf(workload: string): Promise<void> {
  const selector = `app.kubernetes.io/name=${workload}`;
  const [uid = ''] = (
    await kubectl('get', 'pods', '--selector', selector, '--output', 'jsonpath={.items[*].metadata.uid}')
  ).split(' ');
  const pids = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && isOfPod(name, uid) && !isPause(name))
    .map(Number);
  if (pids.length === 0)
    throw new Error(`${workload}: no process of its pod ${uid} is visible in /proc: run this on the node, as root`);
  for (const pid of pids) process.kill(pid, 'SIGKILL');
}

function isOfPod(pid: string, uid: string): boolean {
  const cgroup = readProc(pid, 'cgroup');
  return cgroup.includes(uid) || cgroup.includes(uid.replaceAll('-', '_'));
}

function isPause(pid: string): boolean {
  return readProc(pid, 'cmdline').replaceAll('\0', '') === '/pause';
}

function readProc(pid: string, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return ''; // it has ended
  }
}

/** New pods, one after the other as the workload has it, and resolves when they are ready. */
export async function roll(...workloads: string[]): Promise<void> {
  await kubectl('rollout', 'restart', ...workloads);
  await allReady(...workloads);
}

export async function allReady(...workloads: string[]): Promise<void> {
  for (const workload of workloads) await kubectl('rollout', 'status', workload, '--timeout', '240s');
}

export async function scaleTo(workload: string, replicas: number): Promise<void> {
  await kubectl('scale', workload, '--replicas', String(replicas));
  await allReady(workload);
}

/** All workloads, as deployment/frontend. */
export async function workloads(): Promise<string[]> {
  const names = await kubectl('get', 'deployments,statefulsets', '--output', 'name');
  return names
    .trim()
    .split('\n')
    .map((name) => name.replace('.apps', ''));
}

export async function podsReady(): Promise<void> {
  await allReady(...(await workloads()));
}
