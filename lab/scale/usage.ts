// What each part of the running stack has used so far: CPU and memory as it tells Prometheus, disk as Docker counts it.
import pg from 'pg';
import { compose, docker, queryMetrics } from '../../test/docker/stack.ts';
import { demoDatabase } from '../../test/support/demo-database.ts';

export const parts = ['collector', 'tempo', 'loki', 'prometheus'] as const;
export type Part = (typeof parts)[number] | 'postgres';

export interface StackUsage {
  cpuSeconds: Record<Part, number>;
  memoryBytes: Record<Part, number>;
  spans: number;
  logRecords: number;
}

export async function usageOfStack(): Promise<StackUsage> {
  const cpuSeconds: Record<string, number> = { postgres: cpuSecondsOfPostgres() };
  const memoryBytes: Record<string, number> = { postgres: memoryOfPostgres() };
  for (const part of parts) {
    const [cpu, memory] =
      part === 'collector'
        ? ['otelcol_process_cpu_seconds_total', 'otelcol_process_memory_rss_bytes']
        : ['process_cpu_seconds_total', 'process_resident_memory_bytes'];
    cpuSeconds[part] = await readMetric(`sum({__name__=~"${cpu}(_total)?",job="${part}"})`);
    memoryBytes[part] = await readMetric(`sum({__name__=~"${memory}(_bytes)?",job="${part}"})`);
  }
  return {
    cpuSeconds: cpuSeconds as StackUsage['cpuSeconds'],
    memoryBytes: memoryBytes as StackUsage['memoryBytes'],
    spans: await readMetric('sum({__name__=~"otelcol_receiver_accepted_spans_total"})'),
    logRecords: await readMetric('sum({__name__=~"otelcol_receiver_accepted_log_records_total"})'),
  };
}

/** Bytes on disk: the volume of a part of this project. */
export function diskBytes(volume: string): number {
  const { name } = JSON.parse(compose('config', '--format', 'json'));
  const volumes: { Name: string; Size: string }[] = JSON.parse(docker('system', 'df', '-v', '--format', '{{json .Volumes}}'));
  const size = volumes.find(({ Name }) => Name === `${name}_${volume}`)?.Size ?? '';
  const [, number, unit = 'B'] = /^([\d.]+)(\w+)$/.exec(size) ?? [];
  const factors: Record<string, number> = { B: 1, kB: 1e3, MB: 1e6, GB: 1e9 };
  return Number(number) * (factors[unit] ?? Number.NaN);
}

/** Of the table and its indexes. */
export async function numbersTable(): Promise<{ rows: number; bytes: number }> {
  const client = new pg.Client(demoDatabase());
  await client.connect();
  const { rows } = await client.query(
    "SELECT count(*)::int AS rows, pg_total_relation_size('numbers')::float8 AS bytes FROM numbers",
  );
  await client.end();
  return rows[0];
}

async function readMetric(query: string): Promise<number> {
  const [sample] = await queryMetrics(query);
  if (!sample) throw new Error(`Prometheus has nothing for ${query}`);
  return Number(sample.value[1]);
}

/** cgroup 2, or 1. */
function cpuSecondsOfPostgres(): number {
  const text = inPostgres('cat /sys/fs/cgroup/cpu.stat 2>/dev/null; cat /sys/fs/cgroup/cpuacct/cpuacct.usage 2>/dev/null; true');
  const [, microseconds] = /^usage_usec (\d+)/m.exec(text) ?? [];
  const [, nanoseconds] = /^(\d+)$/m.exec(text) ?? [];
  return microseconds ? Number(microseconds) / 1e6 : Number(nanoseconds) / 1e9;
}

function memoryOfPostgres(): number {
  const text = inPostgres('cat /sys/fs/cgroup/memory.current /sys/fs/cgroup/memory/memory.usage_in_bytes 2>/dev/null; true');
  return Number(/^\d+/m.exec(text)?.[0]);
}

function inPostgres(command: string): string {
  return compose('exec', '-T', 'postgres', 'sh', '-c', command);
}
