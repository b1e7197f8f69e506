import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generate } from 'selfsigned';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
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

  test('OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES name the service', async () => {
    const receiver = await startOtlpReceiver();
    const backend = await startBackend({
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint,
      OTEL_SERVICE_NAME: 'shop',
      OTEL_RESOURCE_ATTRIBUTES: 'service.version=7.7.7,deployment.environment.name=staging',
    });
    await write(backend);
    await backend.stop();
    expect(receiver.spans[0]?.resource).toMatchObject({
      'service.name': 'shop',
      'service.version': '7.7.7',
      'deployment.environment.name': 'staging',
    });
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

  test('OTEL_LOGS_EXPORTER=none: spans, but no log records', async () => {
    const receiver = await startOtlpReceiver();
    const backend = await startBackend({ OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint, OTEL_LOGS_EXPORTER: 'none' });
    await write(backend);
    await backend.stop();
    expect(distinct(receiver.spans)).toHaveLength(2);
    expect(receiver.logs).toEqual([]);
    await receiver.stop();
  });

  test('OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf sends over HTTP, with its headers', async () => {
    const receiver = await startOtlpReceiver({ protocol: 'http/protobuf', requiredHeaders: { authorization: 'Bearer token' } });
    const backend = await startBackend({
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf',
      OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20token',
    });
    const { traceId } = await write(backend);
    await backend.stop();
    expect(distinct(receiver.spansOf(traceId))).toHaveLength(2);
    expect(distinct(receiver.logsOf(traceId))).toHaveLength(1);
    await receiver.stop();
  });

  describe('over TLS, with a token', () => {
    const directory = mkdtempSync(join(tmpdir(), 'tls-'));
    const certificate = join(directory, 'ca.pem');
    let receiver: Awaited<ReturnType<typeof startOtlpReceiver>>;

    beforeAll(async () => {
      const altNames = [{ type: 2 as const, value: 'localhost' }];
      const pems = await generate([{ name: 'commonName', value: 'localhost' }], {
        extensions: [{ name: 'subjectAltName', altNames }],
      });
      writeFileSync(certificate, pems.cert);
      receiver = await startOtlpReceiver({
        tls: { cert: pems.cert, key: pems.private },
        requiredHeaders: { authorization: 'Bearer token' },
      });
    });

    afterAll(async () => {
      rmSync(directory, { recursive: true });
      await receiver.stop();
    });

    test('OTEL_EXPORTER_OTLP_CERTIFICATE and _HEADERS are used', async () => {
      const backend = await startBackend({
        OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint,
        OTEL_EXPORTER_OTLP_CERTIFICATE: certificate,
        OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20token',
      });
      const { traceId } = await write(backend);
      await backend.stop();
      expect(distinct(receiver.spansOf(traceId))).toHaveLength(2);
    });

    test('a rejected token is logged with what was dropped, and the service keeps running', async () => {
      const backend = await startBackend({
        OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint,
        OTEL_EXPORTER_OTLP_CERTIFICATE: certificate,
      });
      await write(backend);
      await until('the message', () =>
        /telemetry: [12] spans? were refused by https:.*the token is missing/.test(backend.output()),
      );
      await write(backend);
      await backend.stop();
    });
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

test('a call to another service carries exactly one traceparent and the baggage of its caller', async () => {
  const seen: Record<string, unknown>[] = [];
  const fake = await startFakeBackend((request, response) => {
    seen.push(request.headers);
    response.writeHead(201, { 'content-type': 'application/json' }).end('{"id":1,"value":1,"createdAt":"","traceId":null}');
  });
  const receiver = await startOtlpReceiver();
  const env = { BACKEND_PORT: fake.port, EMIT_INTERVAL_MS: '0', OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint };
  const frontend = await startService('frontend', { env, isReady: false });
  await fetch(`${frontend.url}/write`, { method: 'POST', headers: { baggage: 'customer=7', tracestate: 'vendor=1' } });
  expect(seen[0]).toMatchObject({
    baggage: 'customer=7',
    traceparent: expect.stringMatching(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/),
  });
  await frontend.stop();
  await receiver.stop();
  fake.stop();
});

test.each(['GET', 'POST'])('the AsyncLocalStorage of the application is preserved for a %s', async (method) => {
  const script = `
    import { AsyncLocalStorage } from 'node:async_hooks';
    import Fastify from 'fastify';
    const own = new AsyncLocalStorage();
    const app = Fastify();
    app.addHook('onRequest', (request, reply, done) => own.run('kept', done));
    app.addHook('onResponse', async () => console.log('then ' + own.getStore()));
    app.all('/', async () => ({ it: own.getStore() }));
    const { body } = await app.inject({ method: '${method}', url: '/' });
    console.log(body);
    await app.close();`;
  const service = run(['--import', './telemetry/src/register.ts', '--input-type=module', '--eval', script], {
    OTEL_TRACES_EXPORTER: 'none',
  });
  expect(await service.ended).toEqual({ code: 0, signal: null });
  expect(service.output()).toContain('{"it":"kept"}');
  expect(service.output()).toContain('then kept');
});

test('the callback of a query runs in its own context, also after waiting for a connection', async () => {
  const script = `
    import { trace } from '@opentelemetry/api';
    import pg from 'pg';
    const pool = new pg.Pool({ max: 1 });
    const query = (name) => new Promise((resolve) =>
      trace.getTracer('test').startActiveSpan(name, (span) =>
        pool.query('SELECT 1', (error, result) => {
          resolve([result?.rowCount, trace.getActiveSpan() === span]);
          span.end();
        })));
    console.log(JSON.stringify(await Promise.all(['first', 'second', 'third'].map(query))));
    await pool.end();`;
  const receiver = await startOtlpReceiver();
  const service = run(['--import', './telemetry/src/register.ts', '--input-type=module', '--eval', script], {
    ...database,
    OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint,
  });
  expect(await service.ended).toEqual({ code: 0, signal: null });
  expect(service.output()).toContain('[[1,true],[1,true],[1,true]]');
  const spans = distinct(receiver.spans);
  const parents = spans.filter(({ name }) => name === 'SELECT').map(({ parentSpanId }) => parentSpanId);
  const callers = spans.filter(({ name }) => name !== 'SELECT').map(({ spanId }) => spanId);
  expect(parents.toSorted()).toEqual(callers.toSorted());
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
