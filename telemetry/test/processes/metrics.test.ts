// Metrics are opt-in: what is recorded, where it is sent, and that nothing is loaded or recorded when they are off.
import { once } from 'node:events';
import { Agent, get } from 'node:http';
import { connect } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createNoopMeter, ROOT_CONTEXT } from '@opentelemetry/api';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  type MetricData,
  MetricReader,
  PeriodicExportingMetricReader,
  type ViewOptions,
} from '@opentelemetry/sdk-metrics';
import { describe, expect, test, vi } from 'vitest';
import { freePort } from '../../../test/support/free-port.ts';
import { startMetrics } from '../../src/metrics.ts';
import { collectSynchronously } from '../../src/metrics-collect.ts';
import { DurationMetric } from '../../src/metrics-duration.ts';
import { type Pool, PoolMetrics } from '../../src/metrics-pool.ts';
import { startMetricsReceiver } from '../support/metrics-receiver.ts';
import { startOtlpReceiver } from '../support/otlp-receiver.ts';
import { runApplication } from '../support/run-application.ts';

class ManualReader extends MetricReader {
  async onForceFlush() {}
  async onShutdown() {}
}

function startMeter() {
  const reader = new ManualReader();
  const meter = new MeterProvider({ readers: [reader] }).getMeter('test');
  const collect = async (): Promise<MetricData[]> =>
    (await reader.collect()).resourceMetrics.scopeMetrics.flatMap(({ metrics }) => metrics);
  return { reader, meter, collect };
}

const description = { name: 'a.duration', description: 'A duration.', bounds: [1, 5], attributes: ['method', 'status'] };

describe('a duration', () => {
  test('is recorded once, in seconds, with only the attributes of the metric', async () => {
    const { meter, collect } = startMeter();
    const metric = new DurationMetric(description);
    metric.setMeter(meter);
    vi.useFakeTimers({ toFake: ['performance'] });
    const measurement = metric.start({ method: 'GET', 'url.path': '/users/7', status: undefined }, ROOT_CONTEXT);
    vi.advanceTimersByTime(2_500);
    measurement?.add({ status: 200, other: 1 });
    measurement?.end({ status: 201 });
    measurement?.end({ status: 500 });
    vi.useRealTimers();
    const [data] = await collect();
    expect(data?.descriptor).toMatchObject({ name: 'a.duration', description: 'A duration.', unit: 's' });
    expect(data?.dataPoints).toEqual([
      expect.objectContaining({
        attributes: { method: 'GET', status: 201 },
        value: expect.objectContaining({ count: 1, sum: 2.5, buckets: { boundaries: [1, 5], counts: [0, 1, 0] } }),
      }),
    ]);
  });

  test('is not measured without a recording meter', () => {
    const metric = new DurationMetric(description);
    expect([metric.start({}, ROOT_CONTEXT), metric.isMeasured]).toEqual([undefined, false]);
    metric.setMeter(createNoopMeter());
    expect([metric.start({}, ROOT_CONTEXT), metric.isMeasured]).toEqual([undefined, false]);
    metric.setMeter(startMeter().meter);
    expect(metric.isMeasured).toBe(true);
  });

  test('is still recorded after another instrumentation was created that has no meter yet', () => {
    const metric = new DurationMetric(description);
    metric.setMeter(startMeter().meter);
    metric.setMeter(createNoopMeter());
    expect(metric.start({}, ROOT_CONTEXT)).toBeDefined();
  });

  test('does not throw even if the SDK does', () => {
    const metric = new DurationMetric(description);
    const failing = () => {
      throw new Error('broken');
    };
    metric.setMeter({ ...createNoopMeter(), createHistogram: () => ({ record: failing }) } as never);
    expect(() => metric.start({}, ROOT_CONTEXT)?.end()).not.toThrow();
  });
});

describe('connection pools', () => {
  const client = { host: 'db', port: 5432, database: 'shop' };
  const pool = (rest: Partial<Pool> = {}): Pool => ({
    totalCount: 5,
    idleCount: 2,
    waitingCount: 7,
    options: { max: 10 },
    _clients: [client],
    ...rest,
  });

  function startPools() {
    const pools = new PoolMetrics();
    const { meter, collect } = startMeter();
    pools.setMeter(meter);
    /** Name, attributes and value of each data point. */
    const points = async () =>
      (await collect()).flatMap(({ descriptor: { name }, dataPoints }) =>
        dataPoints.map(({ attributes, value }) => [
          name.replace('db.client.connection.', ''),
          attributes,
          typeof value === 'number' ? value : (value as { count: number }).count,
        ]),
      );
    return { pools, points };
  }
  const name = { 'db.client.connection.pool.name': 'db:5432/shop' };

  test('are counted at collection', async () => {
    const { pools, points } = startPools();
    const one = pool();
    pools.connect(one);
    pools.connect(one);
    expect(await points()).toEqual([
      ['count', { ...name, 'db.client.connection.state': 'idle' }, 2],
      ['count', { ...name, 'db.client.connection.state': 'used' }, 3],
      ['limit', name, 10],
      ['pending_requests', name, 7],
    ]);
  });

  test('with the same name are summed', async () => {
    const { pools, points } = startPools();
    const all = [pool(), pool({ idleCount: 5 })];
    for (const each of all) pools.connect(each);
    expect(await points()).toContainEqual(['count', { ...name, 'db.client.connection.state': 'idle' }, 7]);
    expect(await points()).toContainEqual(['limit', name, 20]);
  });

  test('record the wait time for a connection once it is acquired', async () => {
    const { pools, points } = startPools();
    const one = pool();
    const connected = pools.connect(one);
    pools.connect(one);
    connected?.();
    expect(await points()).toContainEqual(['wait_time', name, 1]);
  });

  test.each<[Partial<Pool>, string]>([
    [{ _clients: [], options: { connectionString: 'postgres://bob:s3cret@db/shop' } }, 'db:5432/shop'],
    [{ _clients: [], options: { connectionString: 'not a URL s3cret' } }, 'postgresql'],
    [{ _clients: [], options: { host: '/var/run', database: 'shop' } }, '/var/run/shop'],
    [{ _clients: [], options: {} }, 'postgresql'],
    [{}, 'db:5432/shop'],
  ])('%j are named %s, without user and password', async (rest, expected) => {
    const { pools, points } = startPools();
    const one = pool(rest);
    pools.connect(one);
    expect(JSON.stringify(await points())).not.toMatch(/bob|s3cret/);
    expect(
      new Set((await points()).map(([, attributes]) => (attributes as Record<string, unknown>)[Object.keys(name)[0] as string])),
    ).toEqual(new Set([expected]));
  });

  test('that have ended or are unreferenced count as zero and are garbage-collected', async () => {
    setFlagsFromString('--expose-gc');
    const collectGarbage = runInNewContext('gc') as () => void;
    const { pools, points } = startPools();
    const ended = pool();
    pools.connect(ended);
    const dropped = (() => {
      const one = pool();
      pools.connect(one);
      return new WeakRef(one);
    })();
    expect(await points()).toContainEqual(['limit', name, 20]);
    ended.ended = true;
    await vi.waitFor(
      async () => {
        collectGarbage();
        expect(await points()).toContainEqual(['limit', name, 0]);
      },
      { timeout: 60_000 },
    );
    expect(dropped.deref()).toBeUndefined();
  });

  test('are not tracked without a recording meter', () => {
    const pools = new PoolMetrics();
    pools.setMeter(createNoopMeter());
    expect(pools.connect({} as Pool)).toBeUndefined();
  });
});

describe('the metrics exported at process exit', () => {
  test('are those the SDK would collect, except for observable instruments', async () => {
    const resource = resourceFromAttributes({ 'service.name': 'shop' });
    const start = async () => {
      const reader = new ManualReader();
      const provider = new MeterProvider({ resource, readers: [reader] });
      const histogram = provider.getMeter('a', '1').createHistogram('h');
      const counter = provider.getMeter('a', '1').createCounter('c');
      const record = () => {
        histogram.record(3, { a: 1 });
        counter.add(2);
        provider.getMeter('b').createGauge('g').record(1);
      };
      provider
        .getMeter('c')
        .createObservableGauge('o')
        .addCallback((result) => result.observe(1));
      record();
      await reader.collect(); // as at the end of an interval
      record();
      return reader;
    };
    const collected = collectSynchronously(await start());
    const { resourceMetrics } = await (await start()).collect();
    const describeAll = (all: typeof collected) =>
      all?.scopeMetrics.map(({ scope, metrics }) => [
        scope.name,
        metrics.map(({ descriptor, dataPoints }) => [
          descriptor,
          dataPoints.map(({ attributes, value }) => ({ attributes, value })),
        ]),
      ]);
    expect(collected?.resource.attributes).toEqual({ 'service.name': 'shop' });
    expect(describeAll(collected)).toEqual(describeAll(resourceMetrics)?.filter(([scope]) => scope !== 'c'));
    expect(describeAll(collected)).toHaveLength(2);
  });

  test('are empty if nothing was recorded, and with another SDK', () => {
    const reader = new ManualReader();
    expect(collectSynchronously(reader)).toBeUndefined();
    new MeterProvider({ readers: [reader] }).getMeter('test').createHistogram('h');
    expect(collectSynchronously(reader)).toBeUndefined();
  });
});

test('an unusable view or reader is logged, and the others are used', async () => {
  const error = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  const taken = new ManualReader();
  new MeterProvider({ readers: [taken] });
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 2 ** 31 - 1 });
  const views: ViewOptions[] = [
    { name: 'renamed', instrumentName: 'a.*' },
    { instrumentName: 'a.counter', name: 'renamed' },
  ];
  let meterProvider: { getMeter(name: string): { createCounter(name: string): { add(value: number): void } } } | undefined;
  const instrumentation = {
    instrumentationName: 'test',
    setMeterProvider: (given: typeof meterProvider) => {
      meterProvider = given;
    },
  };
  startMetrics({
    resource: resourceFromAttributes({}),
    instrumentations: [
      {
        ...instrumentation,
        setMeterProvider: () => {
          throw new Error('no');
        },
      },
      instrumentation,
    ] as never,
    readers: [taken, reader],
    views,
  });
  const logged = error.mock.calls.map(([text]) => String(text)).join('');
  error.mockRestore();
  meterProvider?.getMeter('test').createCounter('a.counter').add(1);
  await reader.forceFlush();
  const names = exporter
    .getMetrics()
    .flatMap(({ scopeMetrics }) => scopeMetrics.flatMap(({ metrics }) => metrics.map(({ descriptor }) => descriptor.name)));
  expect(names).toEqual(['renamed']);
  expect(logged).toMatch(/telemetry: option views has a view that cannot be used: .*; using the others\n/);
  expect(logged).toMatch(/telemetry: option metricReaders has a reader that cannot be used: .*; using the others\n/);
  expect(logged).toMatch(/telemetry: test has no metrics: no\n/);
});

const application = `
  import { metrics } from '@opentelemetry/api';
  const counter = metrics.getMeter('test').createCounter('a.counter');
  counter.add(1);
`;
const untilAsked = "setInterval(() => counter.add(1), 20); process.on('message', () => process.exit());";
const none = { OTEL_TRACES_EXPORTER: 'none', OTEL_LOGS_EXPORTER: 'none' };

describe('a service', () => {
  test.each(['grpc', 'http/protobuf', 'http/json'])(
    'exports metrics over %s, including those of the Node.js runtime',
    async (protocol) => {
      const receiver = await startMetricsReceiver(protocol);
      const running = runApplication(application + untilAsked, {
        env: {
          ...none,
          OTEL_METRICS_EXPORTER: 'otlp',
          OTEL_METRIC_EXPORT_INTERVAL: '2000',
          OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
          OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: protocol === 'grpc' ? receiver.endpoint : `${receiver.endpoint}/v1/metrics`,
          OTEL_SERVICE_NAME: 'shop',
        },
      });
      await vi.waitFor(
        () => {
          expect(receiver.pointsOf('a.counter').at(-1)).toMatchObject({ resource: { 'service.name': 'shop' } });
          expect(receiver.pointsOf('nodejs.eventloop.delay.p99').length).toBeGreaterThan(0);
          expect(receiver.pointsOf('v8js.memory.heap.used').length).toBeGreaterThan(0);
        },
        { timeout: 60_000 },
      );
      running.process.kill('SIGKILL');
      await running.finished;
      expect(running.output()).toBe('');
    },
  );

  test('uses the same resource for spans and metrics', async () => {
    const [metrics, spans] = [await startMetricsReceiver('grpc'), await startOtlpReceiver()];
    const span = "import { trace } from '@opentelemetry/api'; setInterval(() => trace.getTracer('t').startSpan('s').end(), 20);";
    const running = runApplication(application + untilAsked + span, {
      env: {
        OTEL_METRICS_EXPORTER: 'otlp',
        OTEL_METRIC_EXPORT_INTERVAL: '2000',
        OTEL_EXPORTER_OTLP_ENDPOINT: spans.endpoint,
        OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: metrics.endpoint,
      },
    });
    await vi.waitFor(() => expect(Math.min(metrics.points.length, spans.spans.length)).toBeGreaterThan(0), { timeout: 60_000 });
    running.process.kill('SIGKILL');
    expect(metrics.points[0]?.resource['service.instance.id']).toMatch(/^[\da-f-]{36}$/);
    expect(metrics.points[0]?.resource).toEqual(spans.spans[0]?.resource);
    await spans.stop();
  });

  test('logs once that the receiver is unreachable and once that it recovered', async () => {
    const port = await freePort();
    const running = runApplication(application + untilAsked, {
      env: {
        ...none,
        OTEL_METRICS_EXPORTER: 'otlp',
        OTEL_METRIC_EXPORT_INTERVAL: '2000',
        OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
      },
    });
    await vi.waitFor(() => expect(running.output()).toContain('cannot export metrics to'), { timeout: 60_000 });
    const receiver = await startMetricsReceiver('grpc', port);
    await vi.waitFor(() => expect(running.output()).toContain('again'), { timeout: 60_000 });
    expect(receiver.pointsOf('a.counter')[0]?.value).toBeGreaterThan(1);
    running.process.kill('SIGKILL');
    expect(running.output().trimEnd().split('\n')).toEqual([
      expect.stringMatching(/^telemetry: cannot export metrics to http:\/\/127\.0\.0\.1:\d+ \(.*ECONNREFUSED.*\)$/),
      expect.stringMatching(/^telemetry: metrics are exported to http:\/\/127\.0\.0\.1:\d+ again$/),
    ]);
  });

  test('prints metrics with OTEL_METRICS_EXPORTER=console', async () => {
    const running = runApplication(application + untilAsked, {
      env: { ...none, OTEL_METRICS_EXPORTER: 'console', OTEL_METRIC_EXPORT_INTERVAL: '100' },
    });
    await vi.waitFor(() => expect(running.output()).toContain("name: 'a.counter'"), { timeout: 60_000 });
    running.process.kill('SIGKILL');
  });

  test('serves metrics to Prometheus and can exit while Prometheus is connected', async () => {
    const port = await freePort();
    const env = { ...none, OTEL_METRICS_EXPORTER: 'prometheus', OTEL_EXPORTER_PROMETHEUS_PORT: String(port) };
    const running = runApplication(
      `${application} const timer = setInterval(() => {}, 1000); process.on('SIGUSR2', () => clearInterval(timer));`,
      { env },
    );
    const agent = new Agent({ keepAlive: true });
    const scrape = (path: string) =>
      new Promise<{ status: number | undefined; body: string }>((resolve, reject) => {
        get({ port, path, agent, host: '127.0.0.1', family: 4 }, async (response) =>
          resolve({ status: response.statusCode, body: Buffer.concat(await Array.fromAsync(response)).toString() }),
        ).on('error', reject);
      });
    const { body } = await vi.waitFor(() => scrape('/metrics?x=1'), { timeout: 60_000 });
    expect(body).toMatch(/^a_counter_total(\{.*\})? 1$/m);
    expect((await scrape('/')).status).toBe(404);
    const idle = connect(port, '127.0.0.1'); // without a request, Node.js would close it after a minute
    await once(idle, 'connect');
    await scrape('/metrics');
    running.process.kill('SIGUSR2');
    await vi.waitFor(() => expect(running.process.exitCode).toBe(0), { timeout: 45_000 });
    expect((await running.finished).stderr).toBe('');
    idle.destroy();
    agent.destroy();
  });

  test('starts and logs an error if the port for Prometheus is in use', async () => {
    const receiver = await startMetricsReceiver('http/json');
    const { port } = new URL(receiver.endpoint);
    const env = {
      ...none,
      OTEL_METRICS_EXPORTER: 'prometheus',
      OTEL_EXPORTER_PROMETHEUS_HOST: '127.0.0.1',
      OTEL_EXPORTER_PROMETHEUS_PORT: port,
    };
    const running = runApplication(`${application} setTimeout(() => console.log('runs'), 500);`, { env });
    const { code, stdout, stderr } = await running.finished;
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'runs\n' });
    expect(stderr).toMatch(/^telemetry: cannot serve metrics on http:\/\/127\.0\.0\.1:\d+\/metrics: .*EADDRINUSE.*\n$/);
  });

  test('loads no metrics code unless metrics are enabled', async () => {
    const hook = `data:text/javascript,
      import { registerHooks } from 'node:module';
      registerHooks({ load(url, context, next) { const [file] = /src.metrics[^/]*$/.exec(url) ?? []; if (file) console.log(file); return next(url, context); } });`;
    const loaded = async (env: Record<string, string>) => {
      const { stdout } = await runApplication(application, { env: { ...none, ...env }, nodeArgs: ['--import', hook] }).finished;
      return stdout.split('\n').filter((line) => /^src.metrics/.test(line) && !/metrics-(duration|pool|exit)/.test(line));
    };
    expect(await loaded({})).toEqual([]);
    expect(await loaded({ OTEL_METRICS_EXPORTER: 'none,otlp' })).toEqual([]);
    expect((await loaded({ OTEL_METRICS_EXPORTER: 'console' })).length).toBeGreaterThan(0);
  });

  test('passes metrics through `views` to `metricReaders` without any variable set', async () => {
    const source = `
      import { metrics } from '@opentelemetry/api';
      import { MetricReader } from '@opentelemetry/sdk-metrics';
      import { start } from '${new URL('../../src/index.ts', import.meta.url).href}';
      class Reader extends MetricReader { async onForceFlush() {} async onShutdown() {} }
      const reader = new Reader();
      await start({ metricReaders: [reader], views: [{ instrumentName: 'a.counter', name: 'renamed' }] });
      metrics.getMeter('test').createCounter('a.counter').add(1);
      const { resourceMetrics } = await reader.collect();
      console.log(resourceMetrics.scopeMetrics.flatMap(({ metrics }) => metrics.map(({ descriptor }) => descriptor.name)).includes('renamed'));
    `;
    const { stdout, stderr } = await runApplication(source, { isTraced: false, env: none }).finished;
    expect({ stdout, stderr }).toEqual({ stdout: 'true\n', stderr: '' });
  });

  test('starts with all values invalid and logs each once', async () => {
    const wrong = {
      OTEL_METRICS_EXPORTER: 'printer',
      OTEL_METRIC_EXPORT_INTERVAL: '0',
      OTEL_METRIC_EXPORT_TIMEOUT: 'long',
      OTEL_EXPORTER_PROMETHEUS_PORT: '70000',
      OTEL_EXPORTER_PROMETHEUS_HOST: 'not a host',
      OTEL_EXPORTER_OTLP_METRICS_PROTOCOL: 'pigeon',
      OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: 'never',
    };
    const { code, stderr } = await runApplication(application, { env: { ...none, ...wrong } }).finished;
    expect(code).toBe(0);
    const names = stderr
      .trimEnd()
      .split('\n')
      .map((line) => /^telemetry: (\w+) is ".*": expected .*; using .+$/.exec(line)?.[1]);
    expect(names.sort()).toEqual(Object.keys(wrong).sort());
  });
});
