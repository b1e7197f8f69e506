// collector/overlays: each on the real Collector, and what Tempo, Loki and Prometheus have then.
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, expect, test } from 'vitest';
import { type OtlpReceiver, startOtlpReceiver } from '../../telemetry/test/support/otlp-receiver.ts';
import { until } from '../support/until.ts';
import { compose, fault, findLogs, queryMetrics, searchTraces, spansOf, write, writeAny } from './stack.ts';

const directory = mkdtempSync(join(tmpdir(), 'overlays-'));
const hosts = join(directory, 'hosts.json');
writeFileSync(hosts, JSON.stringify({ services: { collector: { extra_hosts: ['second.test:host-gateway'] } } }));
const otlp = `http://localhost:${process.env.OTLP_HTTP_PORT}/v1`;
let second: OtlpReceiver | undefined;

afterEach(() => fault('off'));

afterAll(async () => {
  await layOver('none');
  await second?.stop();
  rmSync(directory, { recursive: true });
});

async function layOver(overlay: string, env: Record<string, string> = {}): Promise<void> {
  Object.assign(process.env, { COLLECTOR_OVERLAY: overlay, ...env });
  compose('--file', 'docker-compose.yml', '--file', hosts, 'up', '--detach', '--no-deps', 'collector');
  await until('the Collector accepts OTLP', async () => (await send('traces', {})).ok);
}

function send(signal: 'traces' | 'logs', body: object): Promise<Response> {
  const headers = { 'content-type': 'application/json' };
  return fetch(`${otlp}/${signal}`, { method: 'POST', headers, body: JSON.stringify(body), signal: AbortSignal.timeout(2_000) });
}

const secrets = {
  password: 'canary-of-a-key',
  note: 'token=canary-of-a-text',
  card: '4111111111111111',
  mail: 'canary@example.com',
};

/** A span and a log record with secrets in their attributes, and the latter in its body. */
async function sendSecrets(): Promise<string> {
  const traceId = randomBytes(16).toString('hex');
  const attributes = Object.entries(secrets).map(([key, stringValue]) => ({ key, value: { stringValue } }));
  const resource = { attributes: [{ key: 'service.name', value: { stringValue: 'trial' } }] };
  const now = `${Date.now()}000000`;
  const span = {
    traceId,
    spanId: randomBytes(8).toString('hex'),
    name: 'trial',
    kind: 1,
    startTimeUnixNano: now,
    endTimeUnixNano: now,
  };
  const record = {
    traceId,
    timeUnixNano: now,
    body: { stringValue: `login of ${secrets.mail} with ${secrets.note}` },
    attributes,
  };
  await send('traces', { resourceSpans: [{ resource, scopeSpans: [{ spans: [{ ...span, attributes }] }] }] });
  await send('logs', { resourceLogs: [{ resource, scopeLogs: [{ logRecords: [record] }] }] });
  return traceId;
}

async function storedOf(traceId: string): Promise<string> {
  const [tempo, loki] = [process.env.TEMPO_PORT, process.env.LOKI_PORT].map((port) => `http://localhost:${port}`);
  await until('the span and the log record', async () => {
    const lines = await findLogs(`{service_name="trial"} | trace_id="${traceId}"`);
    return lines.length > 0 && (await spansOf(traceId)).length > 0;
  });
  const query = new URLSearchParams({ query: `{service_name="trial"} | trace_id="${traceId}"` });
  const texts = [`${tempo}/api/v2/traces/${traceId}`, `${loki}/loki/api/v1/query_range?${query}`].map(async (url) =>
    (await fetch(url)).text(),
  );
  return (await Promise.all(texts)).join('\n');
}

test('redaction: secrets in keys, values and bodies are in no store', { timeout: 120_000 }, async () => {
  await layOver('none');
  const before = await storedOf(await sendSecrets());
  for (const secret of [secrets.password, 'canary-of-a-text', secrets.card, secrets.mail]) expect(before).toContain(secret);

  await layOver('redaction');
  const after = await storedOf(await sendSecrets());
  for (const secret of [secrets.password, 'canary-of-a-text', secrets.card, secrets.mail]) expect(after).not.toContain(secret);
  expect(after).toContain('login of ');

  fault('log-flood');
  const lines = await until('the lines of a write that logs a password', async () => {
    const { traceId } = await write();
    const query = new URLSearchParams({ query: `{service_name="backend"} | trace_id="${traceId}"`, limit: '1000' });
    const text = await until('its last line', async () => {
      const found = await (await fetch(`http://localhost:${process.env.LOKI_PORT}/loki/api/v1/query_range?${query}`)).text();
      return found.includes('POST /numbers 201') ? found : undefined;
    });
    return text.includes('connecting to the database') ? text : undefined;
  });
  expect(lines).not.toContain('hunter2-canary');
  expect(lines.match(/connecting to the database/g)?.length).toBeGreaterThanOrEqual(100);
});

test('tail-sampling: every failed and every slow trace is stored, and a share of the others; each log line is', {
  timeout: 180_000,
}, async () => {
  await layOver('tail-sampling');
  const healthy = [];
  for (let index = 0; index < 40; index += 1) healthy.push((await write()).traceId);
  fault('slow-database');
  const slow = await until('a slow write', async () => {
    const begin = performance.now();
    const { traceId } = await write();
    return performance.now() - begin > 800 ? traceId : undefined;
  });
  fault('failing-writes');
  const failed: string[] = [];
  await until('three failed writes', async () => {
    const { status, traceId } = await writeAny();
    if (status === 502) failed.push(traceId);
    return failed.length >= 3;
  });
  for (const traceId of [slow, ...failed]) await until(`trace ${traceId}`, async () => (await spansOf(traceId)).length >= 4);
  let stored = 0;
  for (const traceId of healthy) if ((await spansOf(traceId)).length > 0) stored += 1; // decided on before the failed ones
  expect(stored).toBeLessThan(20); // of 40 with one in ten
  for (const traceId of healthy)
    await until(
      `log lines of ${traceId}`,
      async () => (await findLogs(`{service_name=~".+"} | trace_id="${traceId}"`)).length >= 2,
    );
});

test('second-backend: both have each trace and each log line', { timeout: 120_000 }, async () => {
  const receiver = await startOtlpReceiver({ host: '0.0.0.0', protocol: 'http/protobuf' });
  second = receiver;
  await layOver('second-backend', { SECOND_BACKEND: `http://second.test:${receiver.port}` });
  const { traceId } = await write();
  await until('the trace in Tempo', async () => (await spansOf(traceId)).length === 4);
  await until('the trace in the second', () => receiver.spansOf(traceId).length === 4 && receiver.logsOf(traceId).length === 2);
});

test('span-metrics: the Collector counts each span, and still receives the metrics of the services', {
  timeout: 240_000,
}, async () => {
  await layOver('span-metrics');
  const sumOf = async (selector: string) => Number((await queryMetrics(`sum(${selector})`))[0]?.value[1] ?? 0);
  const count = () => sumOf('traces_span_metrics_calls_total{service_name="frontend", span_name="POST /write"}');
  const countOfService = () => sumOf('http_server_request_duration_seconds_count{service_name="frontend"}');
  const before = await count();
  const beforeOfService = await countOfService();
  const traceIds: string[] = [];
  for (let index = 0; index < 7; index += 1) traceIds.push((await write()).traceId);
  await until('seven more', async () => (await count()) - before >= 7);
  expect((await count()) - before).toBe(7);
  await until('the metrics of the frontend', async () => (await countOfService()) - beforeOfService >= 7);
  expect((await searchTraces('{ name = "POST /write" }')).length).toBeGreaterThan(0);
  const buckets = await queryMetrics('traces_span_metrics_duration_seconds_bucket{span_name="INSERT numbers"}');
  expect(buckets.length).toBeGreaterThan(0);
});
