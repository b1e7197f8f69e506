import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generate } from 'selfsigned';
import { beforeAll, describe, expect, inject, onTestFinished, test } from 'vitest';
import { startOtlpReceiver } from '../telemetry/test/support/otlp-receiver.ts';
import { distinct } from './support/distinct.ts';
import { startFakeBackend } from './support/fake-backend.ts';
import { freePort } from './support/free-port.ts';
import { createDatabase } from './support/postgres.ts';
import { run, type Service, type StartOptions, startService } from './support/service.ts';
import { until } from './support/until.ts';

let database: Record<string, string>;

beforeAll(async () => {
  database = await createDatabase(inject('postgres'), randomUUID());
});

function startBackend(env: Record<string, string>, options: StartOptions = {}): Promise<Service> {
  return startService('backend', {
    ...options,
    env: { ...database, OTEL_BSP_SCHEDULE_DELAY: '50', OTEL_BLRP_SCHEDULE_DELAY: '50', ...env },
  });
}

async function write(backend: Service): Promise<{ traceId: string }> {
  const response = await fetch(`${backend.url}/numbers`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"value":1}',
  });
  expect(response.status).toBe(201);
  return response.json();
}

describe('telemetry is configured by the standard variables alone', () => {
  test('OTEL_SDK_DISABLED=true: the service works and nothing is exported', async () => {
    const receiver = await startOtlpReceiver();
    const backend = await startBackend({ OTEL_SDK_DISABLED: 'true', OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint });
    expect((await write(backend)).traceId).toBeNull();
    await backend.stop();
    expect([...receiver.spans, ...receiver.logs]).toEqual([]);
    await receiver.stop();
  });

  test('OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES name the service; OTEL_LOGS_EXPORTER=none: spans, but no log records', async () => {
    const receiver = await startOtlpReceiver();
    const backend = await startBackend({
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint,
      OTEL_SERVICE_NAME: 'shop',
      OTEL_RESOURCE_ATTRIBUTES: 'service.version=7.7.7,deployment.environment.name=staging',
      OTEL_LOGS_EXPORTER: 'none',
    });
    await write(backend);
    await backend.stop();
    expect(receiver.spans[0]?.resource).toMatchObject({
      'service.name': 'shop',
      'service.version': '7.7.7',
      'deployment.environment.name': 'staging',
    });
    expect(distinct(receiver.spans)).toHaveLength(2);
    expect(receiver.logs).toEqual([]);
    await receiver.stop();
  });

  test('OTEL_TRACES_SAMPLER=always_off: log records, but no spans', async () => {
    const receiver = await startOtlpReceiver();
    const backend = await startBackend({ OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint, OTEL_TRACES_SAMPLER: 'always_off' });
    const { traceId } = await write(backend);
    await backend.stop();
    expect(receiver.spans).toEqual([]);
    expect(distinct(receiver.logsOf(traceId))).toHaveLength(1);
    await receiver.stop();
  });

  test('OTEL_EXPORTER_OTLP_CERTIFICATE and _HEADERS are used over TLS', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'tls-'));
    onTestFinished(() => rmSync(directory, { recursive: true }));
    const certificate = join(directory, 'ca.pem');
    const altNames = [{ type: 2 as const, value: 'localhost' }];
    const pems = await generate([{ name: 'commonName', value: 'localhost' }], {
      extensions: [{ name: 'subjectAltName', altNames }],
    });
    writeFileSync(certificate, pems.cert);
    const receiver = await startOtlpReceiver({
      tls: { cert: pems.cert, key: pems.private },
      requiredHeaders: { authorization: 'Bearer token' },
    });
    const backend = await startBackend({
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint,
      OTEL_EXPORTER_OTLP_CERTIFICATE: certificate,
      OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20token',
    });
    const { traceId } = await write(backend);
    await backend.stop();
    expect(distinct(receiver.spansOf(traceId))).toHaveLength(2);
    await receiver.stop();
  });
});

test('a port in use ends the start with a message that names it and its variable', async () => {
  const fake = await startFakeBackend(() => {});
  const service = run(['backend/main.ts'], { ...database, BACKEND_PORT: fake.port });
  expect((await service.ended).code).toBe(1);
  expect(service.output()).toContain(`port ${fake.port} is taken; set BACKEND_PORT`);
  fake.stop();
});

describe('without a collector', () => {
  test('it is logged once, and everything is delivered after the collector has recovered', async () => {
    const port = await freePort();
    const backend = await startBackend({ OTEL_EXPORTER_OTLP_ENDPOINT: `http://localhost:${port}` });
    const first = await write(backend);
    await until('the message', () => /telemetry: cannot reach .*ECONNREFUSED/.test(backend.output()));
    const others = [await write(backend), await write(backend)];
    const receiver = await startOtlpReceiver({ port });
    for (const { traceId } of [first, ...others]) {
      await until('the trace', () => distinct(receiver.spansOf(traceId)).length === 2);
      await until('the log record', () => distinct(receiver.logsOf(traceId)).length === 1);
    }
    expect(backend.output().match(/cannot reach/g)).toHaveLength(1);
    await until('the recovery', () => /telemetry: http:\S+ recovered\n/.test(backend.output()));
    await backend.stop();
    await receiver.stop();
  });

  test('the service ends in time and logs what was not delivered', async () => {
    const backend = await startBackend({ OTEL_EXPORTER_OTLP_ENDPOINT: `http://localhost:${await freePort()}` });
    await write(backend);
    const startedAt = Date.now();
    expect(await backend.stop()).toEqual({ code: 0, signal: null });
    expect(Date.now() - startedAt).toBeLessThan(30_000);
    expect(backend.output()).toMatch(
      /telemetry: 2 spans (were not|may not have been) delivered to http:\/\/localhost:\d+ before the process ended/,
    );
  });
});

test.each([
  ['by number', { OTEL_BLRP_MAX_QUEUE_SIZE: '100' }, 150, 100, 10],
  ['by 64 MiB', {}, 100, 64, 2 ** 20 - 2_000],
])(
  'while no receiver answers, the buffer is bounded %s, and every dropped item is counted',
  async (_how, env, emitted, kept, length) => {
    const script = `
    import { logs } from '@opentelemetry/api';
    const logger = logs.getLogger('test');
    for (let i = 0; i < ${emitted}; i += 1) logger.emit({ body: 'x'.repeat(${length}) });`;
    const endpoint = `http://localhost:${await freePort()}`;
    const args = ['--import', './telemetry/src/register.ts', '--input-type=module', '--eval', script];
    const service = run(args, { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, ...env });
    expect(await service.ended).toEqual({ code: 0, signal: null });
    expect(service.output()).toMatch(new RegExp(`queue is full \\(${kept} log records, [\\d.]+ MiB\\): new ones are dropped`));
    expect(service.output()).toMatch(new RegExp(`${kept} log records (were not|may not have been) delivered`));
    expect(service.output()).toContain(`${emitted - kept} log records were dropped`);
  },
);

test('a batch larger than the receiver accepts is split, and a single record that is too large is truncated', async () => {
  const receiver = await startOtlpReceiver(); // accepts 4 MiB, as gRPC servers do
  const script = `
    import { logs } from '@opentelemetry/api';
    const logger = logs.getLogger('test');
    for (let i = 0; i < 20; i += 1) logger.emit({ body: i + 'x'.repeat(500_000) });
    logger.emit({ body: 'x'.repeat(5_000_000) });
    logger.emit({ body: 'the last' });`;
  const args = ['--import', './telemetry/src/register.ts', '--input-type=module', '--eval', script];
  const service = run(args, { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint });
  expect(await service.ended).toEqual({ code: 0, signal: null });
  const bodies = distinct(receiver.logs.map(({ body }) => body as string));
  expect(bodies.map((body) => body.replace(/x+/, (text) => ` ${text.length} `))).toEqual([
    ...Array.from({ length: 20 }, (_, i) => `${i} 500000 `),
    ' 1048576 [truncated]',
    'the last',
  ]);
  expect(service.output()).toBe('');
  await receiver.stop();
});

test.each([[['--inspect=0']], [['--watch']]])('started with node %s, a write is still a complete trace', async (nodeArgs) => {
  const receiver = await startOtlpReceiver();
  const backend = await startBackend({ OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint }, { nodeArgs });
  const { traceId } = await write(backend);
  await until('the trace', () => distinct(receiver.spansOf(traceId)).length === 2);
  await backend.stop();
  await receiver.stop();
});

test('OTEL_NODE_DISABLED_INSTRUMENTATIONS=pg,pino disables query spans and log records', async () => {
  const receiver = await startOtlpReceiver();
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint, OTEL_NODE_DISABLED_INSTRUMENTATIONS: 'pg, pino' };
  const backend = await startBackend(env);
  const { traceId } = await write(backend);
  await backend.stop();
  expect(distinct(receiver.spansOf(traceId)).map(({ name }) => name)).toEqual(['POST /numbers']);
  expect(receiver.logs).toEqual([]);
  await receiver.stop();
});
