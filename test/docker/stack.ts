// The running stack, seen from outside: what a test asks of Docker, Tempo, Loki and Prometheus.
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Span } from '../../page/stores/stores.ts';
import { tempoTraces } from '../../page/stores/tempo.ts';

export const root = fileURLToPath(new URL('../..', import.meta.url));
process.loadEnvFile(`${root}.env`); // the environment wins

const at = (name: string) => process.env[`${name}_URL`] ?? `http://localhost:${process.env[`${name}_PORT`]}`;
const urls = { frontend: at('FRONTEND'), tempo: at('TEMPO'), loki: at('LOKI'), prometheus: at('PROMETHEUS') };

export function docker(...args: string[]): string {
  return execFileSync('docker', args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], maxBuffer: 1e8 });
}

export const compose = (...args: string[]): string => docker('compose', ...args);

/** Switches a fault on and all others off; `off` switches all off. */
export function fault(name: string): void {
  execFileSync(`${root}faults/fault.sh`, [name], { cwd: root, env: { ...process.env, MODE: 'docker' } });
}

export interface Row {
  id: number;
  value: number;
  traceId: string;
}

export async function write(): Promise<Row> {
  const response = await fetch(`${urls.frontend}/write`, { method: 'POST' });
  if (response.status !== 201) throw new Error(`POST /write answered with ${response.status}`);
  return (await response.json()) as Row;
}

/** A write that may fail. */
export async function writeAny(): Promise<{ status: number; traceId: string }> {
  const response = await fetch(`${urls.frontend}/write`, { method: 'POST' });
  const { traceId } = (await response.json()) as { traceId: string };
  return { status: response.status, traceId };
}

/** The spans of a trace in Tempo; none while it has nothing. */
export async function spansOf(traceId: string): Promise<Span[]> {
  return tempoTraces(urls.tempo).read(traceId, AbortSignal.timeout(10_000));
}

interface FoundTrace {
  traceId: string;
  rootServiceName: string;
  rootTraceName: string;
  serviceStats: Record<string, { spanCount: number }>;
}

/** What a TraceQL query finds. @param parameters start and end in seconds of the epoch; by default Tempo looks at what is recent */
export async function searchTraces(
  query: string,
  parameters: { start?: number; end?: number; limit?: number } = {},
): Promise<FoundTrace[]> {
  const { traces = [] } = await getJson(`${urls.tempo}/api/search`, { q: query, limit: 1_000, ...parameters });
  return traces.map((trace: any) => ({ ...trace, traceId: trace.traceID.padStart(32, '0') })); // search leaves leading zeros out
}

/** The log lines that a LogQL query finds: labels and structured metadata of each. */
export async function findLogs(query: string, limit = 1_000): Promise<Record<string, string>[]> {
  const { data } = await getJson(`${urls.loki}/loki/api/v1/query_range`, { query, limit });
  return data.result.flatMap(({ stream, values }: any) => values.map(() => stream));
}

export interface Sample {
  metric: Record<string, string>;
  value: [number, string];
}

export async function queryMetrics(query: string): Promise<Sample[]> {
  return (await getJson(`${urls.prometheus}/api/v1/query`, { query })).data.result;
}

interface Series {
  metric: Record<string, string>;
  values: [number, string][];
}

/** @param seconds until now, and between two values */
export async function queryMetricsOverTime(query: string, seconds: { range: number; step: number }): Promise<Series[]> {
  const end = Date.now() / 1000;
  const parameters = { query, start: end - seconds.range, end, step: seconds.step };
  return (await getJson(`${urls.prometheus}/api/v1/query_range`, parameters)).data.result;
}

/** What a PromQL query is made of, as Prometheus' own page asks for it. @throws where it is none */
export async function parseMetricsQuery(query: string): Promise<any> {
  return (await getJson(`${urls.prometheus}/api/v1/parse_query`, { query })).data;
}

/** The labels of the exemplars of the last ten minutes. */
export async function findExemplars(query: string): Promise<Record<string, string>[]> {
  const end = Date.now() / 1000;
  const { data } = await getJson(`${urls.prometheus}/api/v1/query_exemplars`, { query, start: end - 600, end });
  return data.flatMap(({ exemplars }: any) => exemplars.map(({ labels }: any) => labels));
}

/** What psql prints for statements of Grafana's role, one after the other. @throws where PostgreSQL refuses one */
export function queryAsReader(sql: string | string[], database = 'demo'): string {
  const { READER_PASSWORD = '' } = process.env;
  const statements = [sql].flat().map((statement) => `--command=${statement}`);
  const options = ['--tuples-only', '--no-align', '--quiet', '--set=ON_ERROR_STOP=1'];
  const psql = ['psql', '--host=127.0.0.1', '--username=reader', `--dbname=${database}`, ...options, ...statements];
  return compose('exec', '-T', '--env', `PGPASSWORD=${READER_PASSWORD}`, 'postgres', ...psql).trim();
}

async function getJson(url: string, query: Record<string, string | number> = {}): Promise<any> {
  const parameters = new URLSearchParams(Object.entries(query).map(([name, value]) => [name, String(value)]));
  const response = await fetch(`${url}?${parameters}`, { signal: AbortSignal.timeout(10_000) });
  const text = await response.text();
  if (!response.ok) throw new Error(`${url} answered with ${response.status}: ${text}`);
  return JSON.parse(text);
}
