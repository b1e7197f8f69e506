// What a fault and the account need of the demo in the cluster.
import './addresses.ts';
import { readdirSync, readFileSync } from 'node:fs';
import type { TraceSpan } from '../../../page/complete-trace.ts';
import { findLogs, spansOf } from '../../../test/docker/stack.ts';
import { until } from '../../../test/support/until.ts';
import type { Stack } from '../../chaos/stack.ts';
import { kubectl } from './kubectl.ts';

const services = 'backend|frontend';
const atATime = { traces: 8, logs: 50 };

/** What the account reads back. */
export const stores: Pick<Stack, 'spansOf' | 'logsOf' | 'quietMs'> = {
  quietMs: 20_000, // the Collector waits for up to 15 s between two attempts
  async spansOf(traceIds) {
    const left = [...traceIds];
    const found = new Map<string, TraceSpan[]>();
    const readNext = async () => {
      for (let id = left.pop(); id; id = left.pop()) found.set(id, distinct(await spansOf(id).catch(() => [])));
    };
    await Promise.all(Array.from({ length: atATime.traces }, readNext));
    return found;
  },
  async logsOf(traceIds) {
    const found = new Map<string, Set<string>>(traceIds.map((id) => [id, new Set()]));
    for (let first = 0; first < traceIds.length; first += atATime.logs) {
      const ids = traceIds.slice(first, first + atATime.logs).join('|');
      const lines = await findLogs(`{service_name=~"${services}"} | trace_id=~"${ids}"`, 5_000);
      for (const { trace_id = '', service_name = '' } of lines) found.get(trace_id)?.add(service_name);
    }
    return found;
  },
};

/** A span that was sent twice is one. */
function distinct(spans: TraceSpan[]): TraceSpan[] {
  return [...new Map(spans.map((span) => [span.spanId, span])).values()];
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

interface Workload {
  kind: string;
  metadata: { name: string; generation: number };
  spec: { replicas: number };
  status: { observedGeneration?: number; replicas?: number; updatedReplicas?: number; readyReplicas?: number };
}

async function listWorkloads(): Promise<Workload[]> {
  return JSON.parse(await kubectl('get', 'deployments,statefulsets', '--output', 'json')).items;
}

/** As deployment/frontend. */
export async function workloads(): Promise<string[]> {
  return (await listWorkloads()).map(({ kind, metadata }) => `${kind.toLowerCase()}/${metadata.name}`);
}

/** Every replica is of the current version and ready. */
export async function allReady(): Promise<void> {
  const isReady = ({ metadata, spec, status }: Workload) =>
    status.observedGeneration === metadata.generation &&
    [status.replicas, status.updatedReplicas, status.readyReplicas].every((count = 0) => count === spec.replicas);
  await until('all workloads are ready', async () => (await listWorkloads()).every(isReady), 300_000);
}

/** New pods for these, one after the other in each, and resolves when all are ready. */
export async function roll(...names: string[]): Promise<void> {
  await kubectl('rollout', 'restart', ...names);
  await allReady();
}

export async function scaleTo(workload: string, replicas: number): Promise<void> {
  await kubectl('scale', workload, '--replicas', String(replicas));
  await allReady();
}

/** Ends the first pod of each of these at the same time, and resolves when all have been replaced. */
export async function endOneOfEach(names: string[]): Promise<void> {
  const first = async (name: string) =>
    kubectl('get', 'pods', '--selector', `app.kubernetes.io/name=${name}`, '--output', 'jsonpath={.items[0].metadata.name}');
  await kubectl('delete', 'pods', ...(await Promise.all(names.map(first))));
  await allReady();
}

interface Pod {
  metadata: { name: string; labels: Record<string, string> };
  spec: { nodeName: string };
}

/**
 * kubectl drain, one pod of every workload at a time, as if each replica ran on a node of its own. The node takes no new pod until
 * those have ended; on a cluster of several nodes others would.
 */
export async function drainInSteps(): Promise<void> {
  const pods: Pod[] = JSON.parse(await kubectl('get', 'pods', '--output', 'json')).items;
  const node = pods[0]?.spec.nodeName as string;
  // The zones of live-stores share a disruption budget.
  const groups = Map.groupBy(pods, ({ metadata }) => metadata.labels['app.kubernetes.io/name']?.replace(/-zone-.$/, ''));
  const steps = Math.max(...[...groups.values()].map(({ length }) => length));
  for (let step = 0; step < steps; step++) {
    const names = [...groups.values()].flatMap((replicas) => replicas[step]?.metadata.name ?? []);
    await kubectl('label', 'pods', ...names, `drain=step-${step}`);
    try {
      await kubectl('drain', node, '--pod-selector', `drain=step-${step}`, '--delete-emptydir-data', '--timeout=180s');
    } finally {
      await kubectl('uncordon', node);
    }
    await allReady();
  }
}
