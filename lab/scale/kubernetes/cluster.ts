// What a fault and the account need of the demo in the cluster.
import './addresses.ts';
import { readdirSync, readFileSync } from 'node:fs';
import type { TraceSpan } from '../../../page/complete-trace.ts';
import { findLogs, spansOf } from '../../../test/docker/stack.ts';
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
