// The durations of requests and queries are recorded whether sampled or not, with the attributes of the semantic conventions.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, inject, test, vi } from 'vitest';
import { startMetricsReceiver } from '../support/metrics-receiver.ts';
import { runApplication } from '../support/run-application.ts';

const index = new URL('../../src/index.ts', import.meta.url).href;
const none = { OTEL_TRACES_EXPORTER: 'none', OTEL_LOGS_EXPORTER: 'none' };
const urlOf = ({ port, user, password }: { port: number; user: string; password: string }) =>
  `postgres://${user}:${password}@localhost:${port}/postgres`;

/** @param body of a function; `collect` returns [name, attributes, count or value] of each data point */
const application = (options: string, body: string) => `
  import { MetricReader } from '@opentelemetry/sdk-metrics';
  import { start } from '${index}';
  class Reader extends MetricReader { async onForceFlush() {} async onShutdown() {} }
  const reader = new Reader();
  await start({ metricReaders: [reader], ${options} });
  const collect = async (name) => {
    const { resourceMetrics } = await reader.collect();
    const all = resourceMetrics.scopeMetrics.flatMap(({ metrics }) => metrics).filter(({ descriptor }) => descriptor.name.startsWith(name));
    return all.flatMap(({ descriptor, dataPoints }) => dataPoints.map(({ attributes, value }) => [descriptor.name, attributes, value.count ?? value, value.sum]));
  };
  const { default: fastify } = await import('fastify');
  const print = (value) => console.log(JSON.stringify(value));
  ${body}
`;
type Point = [name: string, attributes: Record<string, unknown>, count: number, sum?: number];

async function run(
  body: string,
  { options = '', env = {} as Record<string, string>, stderr: expected = '' } = {},
): Promise<Point[]> {
  const source = application(options, body);
  const { code, stdout, stderr } = await runApplication(source, { isTraced: false, env: { ...none, ...env } }).finished;
  expect({ code, stderr }).toEqual({ code: 0, stderr: expected });
  return JSON.parse(stdout);
}
const withoutSums = (points: Point[]) => points.map(([name, attributes, count]) => [name, attributes, count]);

describe('http.server.request.duration', () => {
  const server = { 'http.request.method': 'GET', 'url.scheme': 'http', 'network.protocol.version': '1.1' };
  const requests = `
    const app = fastify();
    app.get('/users/:id', async () => 1);
    app.get('/broken', async () => { throw new Error('broken'); });
    app.get('/healthz', { config: { otel: false } }, async () => 1);
    for (const path of ['/users/1', '/users/2', '/broken', '/healthz', '/nowhere', '/ignored']) await app.inject(path);
    print(await collect('http.server'));
  `;
  const expected = [
    ['http.server.request.duration', { ...server, 'http.route': '/users/:id', 'http.response.status_code': 200 }, 2],
    [
      'http.server.request.duration',
      { ...server, 'http.route': '/broken', 'http.response.status_code': 500, 'error.type': '500' },
      1,
    ],
    ['http.server.request.duration', { ...server, 'http.response.status_code': 404 }, 1],
  ];

  test.each(['always_on', 'always_off'])(
    'ends when the response is sent, as the span does, with the sampler %s',
    async (sampler) => {
      const body = `
      const app = fastify();
      let atHook;
      app.addHook('onResponse', async () => {
        atHook ??= performance.now();
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
      });
      app.get('/', async () => 1);
      const url = await app.listen({ port: 0 });
      const before = performance.now();
      await fetch(url);
      await app.close();
      print([...(await collect('http.server')), ['until the hook', {}, 1, (atHook - before) / 1_000]]);
    `;
      const [duration, untilHook] = await run(body, { env: { OTEL_TRACES_SAMPLER: sampler } });
      expect(duration?.[0]).toBe('http.server.request.duration');
      expect(duration?.[3]).toBeLessThanOrEqual(untilHook?.[3] as number);
    },
  );

  test.each<[string, Record<string, string>]>([
    ['without traces', {}],
    ['for sampled requests', { OTEL_TRACES_EXPORTER: 'console', OTEL_TRACES_SAMPLER: 'always_on' }],
    ['for requests that are not sampled', { OTEL_TRACES_EXPORTER: 'console', OTEL_TRACES_SAMPLER: 'always_off' }],
  ])('is recorded %s, by route and status, but not for ignored requests', async (_name, env) => {
    const source = application(
      "ignore: '/ignored'",
      requests.replace('print(', 'console.log("points", JSON.stringify(').replace(/\);\s*$/, '));'),
    );
    const { stdout } = await runApplication(source, { isTraced: false, env: { ...none, ...env } }).finished;
    const points = JSON.parse(/^points (.*)$/m.exec(stdout)?.[1] ?? '[]');
    expect(withoutSums(points)).toEqual(expected);
    expect(points[0][3]).toBeGreaterThan(0);
  });

  test('is recorded once for a client that aborts', async () => {
    const points = await run(`
      const { get } = await import('node:http');
      const app = fastify();
      app.get('/slow', (request, reply) => { reply.hijack(); reply.raw.write('x'); });
      await app.listen({ port: 0, host: '127.0.0.1' });
      await new Promise((resolve) => {
        const request = get(app.listeningOrigin + '/slow', (response) => response.once('data', () => request.destroy()));
        request.on('error', () => {}).on('close', resolve);
      });
      let points = [];
      while (points.length === 0) { await new Promise(setImmediate); points = await collect('http.server'); }
      print(points);
      await app.close();
    `);
    expect(withoutSums(points)).toEqual([
      [
        'http.server.request.duration',
        { ...server, 'http.route': '/slow', 'http.response.status_code': 200, 'error.type': 'aborted' },
        1,
      ],
    ]);
  });
});

test('http.client.request.duration is recorded for node:http, by status and error', async () => {
  const server = createServer((request, response) => response.writeHead(request.url === '/404' ? 404 : 200).end('x'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const points = await run(
    `
    const { get } = await import('node:http');
    const call = (url) => new Promise((resolve) => get(url, (response) => response.resume().on('end', resolve)).on('error', resolve));
    for (const path of ['/', '/', '/404']) await call('http://127.0.0.1:${port}' + path);
    await call('http://127.0.0.1:1/');
    await new Promise(setImmediate);
    print(await collect('http.client'));
  `,
    { env: { OTEL_TRACES_SAMPLER: 'always_off' } },
  );
  server.close();
  const common = {
    'http.request.method': 'GET',
    'server.address': '127.0.0.1',
    'server.port': port,
    'network.protocol.version': '1.1',
  };
  const name = 'http.client.request.duration';
  expect(withoutSums(points)).toEqual([
    [name, { ...common, 'http.response.status_code': 200 }, 2],
    [name, { ...common, 'http.response.status_code': 404, 'error.type': '404' }, 1],
    [name, { 'http.request.method': 'GET', 'server.address': '127.0.0.1', 'server.port': 1, 'error.type': 'ECONNREFUSED' }, 1],
  ]);
});

test('db.client.operation.duration and the pool metrics are recorded inside and outside of a trace', async () => {
  const points = await run(
    `
    const { default: pg } = await import('pg');
    const pool = new pg.Pool({ connectionString: process.env.DATABASE, max: 1 });
    await Promise.all([1, 2, 3].map(() => pool.query('SELECT 1')));
    await pool.query('SELECT 1 FROM nowhere').catch(() => {});
    const app = fastify();
    app.get('/', async () => (await pool.query('SELECT 2')).rows);
    await app.inject('/');
    const [client, pending] = [await pool.connect(), pool.connect()];
    const points = await collect('db.client');
    client.release();
    (await pending).release();
    await pool.end();
    print(points);
  `,
    { env: { DATABASE: urlOf(inject('postgres')), OTEL_TRACES_SAMPLER: 'always_off' } },
  );
  const { port } = inject('postgres');
  const common = {
    'db.system.name': 'postgresql',
    'db.namespace': 'postgres',
    'server.address': 'localhost',
    'server.port': port,
  };
  const pool = { 'db.client.connection.pool.name': `localhost:${port}/postgres` };
  expect(withoutSums(points)).toEqual([
    ['db.client.operation.duration', { ...common, 'db.query.summary': 'SELECT' }, 4],
    [
      'db.client.operation.duration',
      { ...common, 'db.query.summary': 'SELECT nowhere', 'error.type': '42P01', 'db.response.status_code': '42P01' },
      1,
    ],
    ['db.client.connection.wait_time', pool, 6],
    ['db.client.connection.count', { ...pool, 'db.client.connection.state': 'idle' }, 0],
    ['db.client.connection.count', { ...pool, 'db.client.connection.state': 'used' }, 1],
    ['db.client.connection.limit', pool, 1],
    ['db.client.connection.pending_requests', pool, 1],
  ]);
});

describe('metrics recorded since the last export are sent at process exit', () => {
  const recording = `
    import { metrics } from '@opentelemetry/api';
    metrics.getMeter('test').createCounter('a.counter').add(7);
  `;
  test.each([
    ['grpc', 'on its own', '', { code: 0, signal: null }],
    ['http/protobuf', 'with process.exit()', 'process.exit(3);', { code: 3, signal: null }],
    ['http/json', 'with an uncaught exception', "throw new Error('broken');", { code: 1, signal: null }],
    ['grpc', 'with a signal', "setInterval(() => {}, 1000); console.log('up');", { code: null, signal: 'SIGTERM' }],
  ])('over %s, when the process ends %s', async (protocol, how, end, expected) => {
    const receiver = await startMetricsReceiver(protocol);
    const endpoint = protocol === 'grpc' ? receiver.endpoint : `${receiver.endpoint}/v1/metrics`;
    const running = runApplication(recording + end, {
      env: {
        OTEL_TRACES_EXPORTER: 'none',
        OTEL_LOGS_EXPORTER: 'none',
        OTEL_METRICS_EXPORTER: 'otlp',
        OTEL_EXPORTER_OTLP_METRICS_PROTOCOL: protocol,
        OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: endpoint,
      },
    });
    if (how === 'with a signal') {
      await vi.waitFor(() => expect(running.output()).toContain('up'), { timeout: 60_000 });
      running.process.kill('SIGTERM');
    }
    expect(await running.finished).toMatchObject(expected);
    expect(receiver.pointsOf('a.counter').map(({ value }) => value)).toEqual([7]);
  });

  test('without delaying the exit or changing its code if the receiver is unreachable', async () => {
    const { code, stderr } = await runApplication(recording, {
      env: { ...none, OTEL_METRICS_EXPORTER: 'otlp', OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1' },
    }).finished;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  });
});
