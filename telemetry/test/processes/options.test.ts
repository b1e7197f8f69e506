// The options of start(): an invalid one is logged once and replaced by its default; `redact` takes effect before any exporter.
import type { IncomingMessage } from 'node:http';
import { type Attributes, SpanKind } from '@opentelemetry/api';
import { InMemoryLogRecordExporter, LoggerProvider, SimpleLogRecordProcessor } from '@opentelemetry/sdk-logs';
import { InMemorySpanExporter, SimpleSpanProcessor, type SpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { describe, expect, inject, test } from 'vitest';
import { until } from '../../../test/support/until.ts';
import { compileIgnore, type Ignore } from '../../src/ignore.ts';
import { shortNameOf } from '../../src/instrumentations.ts';
import { readOptions } from '../../src/options.ts';
import { logRecordProcessors, spanProcessors } from '../../src/processors.ts';
import { createRedactor, type Redact } from '../../src/redact.ts';
import { startOtlpReceiver } from '../support/otlp-receiver.ts';
import { runApplication } from '../support/run-application.ts';

const noop = async () => {};
const spanProcessor: SpanProcessor = { onStart() {}, onEnd() {}, forceFlush: noop, shutdown: noop };

describe('an invalid option is logged in one sentence and replaced by its default', () => {
  test.each<[options: unknown, problem: RegExp | string]>([
    [5, /^start\(\) was given 5: expected an object with options; using the defaults$/],
    [null, /^start\(\) was given null: /],
    [[spanProcessor], /^start\(\) was given a list: /],
    [{ sampling: 1 }, /^option "sampling" is unknown: expected one of instrumentations, ignore, .*; ignoring it$/],
    [{ instrumentations: ['pg'] }, 'option instrumentations is "pg": expected a list of instrumentations; using the default'],
    [{ instrumentations: 'pg' }, 'option instrumentations is "pg": expected a list of instrumentations; using the default'],
    [{ ignore: '' }, /^option ignore is "": expected a path such as \/healthz .*; using the default$/],
    [{ ignore: { path: '/' } }, /^option ignore is an object: expected a path /],
    [{ requestHook: {} }, 'option requestHook is an object: expected a function; using the default'],
    [{ responseHook: 'log' }, 'option responseHook is "log": expected a function; using the default'],
    [{ redact: 'password' }, /^option redact is "password": expected a list of names and paths, .*; using the default$/],
    [{ redact: { censor: 'x' } }, /^option redact is an object: /],
    [{ sampler: 'always_on' }, 'option sampler is "always_on": expected a sampler; using the default'],
    [
      { spanProcessors: [() => {}] },
      'option spanProcessors is a function: expected a list of span processors; using the default',
    ],
    [{ logRecordProcessors: [{}] }, /^option logRecordProcessors is an object: expected a list of log record processors; /],
    [{ metricReaders: [{ collect() {} }] }, /^option metricReaders is an object: expected a list of metric readers; /],
    [{ views: ['http.*'] }, /^option views is "http\.\*": expected a list of views; using the default$/],
    [
      { propagators: ['tracecontext'] },
      /^option propagators is "tracecontext": expected a list of propagators; using the default$/,
    ],
  ])('%j', (options, problem) => {
    expect(readOptions(options)).toEqual({ options: {}, problems: [expect.stringMatching(problem)] });
  });

  test('valid entries of a list are used', () => {
    expect(readOptions({ spanProcessors: [spanProcessor, null, 'x'], ignore: ['/healthz', 5] })).toEqual({
      options: { spanProcessors: [spanProcessor], ignore: ['/healthz'] },
      problems: [
        'option spanProcessors is null, "x": expected a list of span processors; using the others',
        expect.stringMatching(/^option ignore is 5: .*; using the others$/),
      ],
    });
  });

  test('an invalid path or censor leaves the other paths of `redact` in effect', () => {
    const { options, problems } = readOptions({ redact: { paths: ['password', 'a..b', 'a[', 5], censor: 5 } });
    expect(options.redact).toEqual({ paths: ['password'], remove: false });
    expect(problems).toHaveLength(1);
  });

  test('an option whose getter throws is invalid', () => {
    const options = Object.defineProperty({}, 'sampler', {
      enumerable: true,
      get() {
        throw new Error('no sampler');
      },
    });
    expect(readOptions(options)).toEqual({ options: {}, problems: [expect.stringMatching(/^option sampler is /)] });
  });

  test('undefined means the default and logs nothing', () => {
    expect(readOptions({ sampler: undefined, ignore: undefined })).toEqual({ options: {}, problems: [] });
  });
});

describe('`ignore`', () => {
  const requestTo = (url: string, rest = {}) => ({ url, ...rest }) as IncomingMessage;
  const ignores = (ignore: Ignore | Ignore[], request: IncomingMessage) => compileIgnore(ignore)?.(request);

  test.each<[Ignore, url: string, isIgnored: boolean]>([
    ['/healthz', '/healthz', true],
    ['/healthz', '/healthz?full=1', true],
    ['/healthz', '/healthz#top', true],
    ['/healthz', '/healthz/', false],
    ['/healthz', '/healthzz', false],
    ['/healthz', '/other?x=/healthz', false],
    ['/healthz', 'http://example.com/healthz?x', true],
    ['/assets/*', '/assets/', true],
    ['/assets/*', '/assets/a/b.css', true],
    ['/assets/*', '/assets', false],
    ['*.css', '/a/b.css', true],
    ['*.css', '/a.css/b', false],
    ['/a/*/c', '/a/c', false],
    ['/a/*/c', '/a/b/b/c', true],
    ['/a*a', '/a', false],
    ['*', '/anything', true],
    [/^\/internal\//, '/internal/x', true],
    [/x/, '/a?x', false],
    [({ method }) => method === 'OPTIONS', '/', true],
  ])('%s, %s: %s', (ignore, url, isIgnored) => {
    expect(ignores(ignore, requestTo(url, { method: 'OPTIONS' }))).toBe(isIgnored);
  });

  test('one match in a list is enough, and an empty list compiles to nothing', () => {
    expect(ignores(['/a', /b/, () => false], requestTo('/b'))).toBe(true);
    expect(compileIgnore([])).toBeUndefined();
    expect(compileIgnore(undefined)).toBeUndefined();
  });

  test('the path is the one the client requested, before `rewriteUrl`', () => {
    expect(ignores('/healthz', requestTo('/rewritten', { originalUrl: '/healthz' }))).toBe(true);
  });

  test('a regular expression with the flag g or y gives the same result each time', () => {
    const isIgnored = compileIgnore([/\/health/g, /\/ready/y]);
    for (const path of ['/health', '/health', '/ready', '/ready']) expect(isIgnored?.(requestTo(path))).toBe(true);
  });

  test('a function that throws, or returns anything but true, ignores nothing', () => {
    const failing = () => {
      throw new Error('broken');
    };
    expect(ignores([failing, '/healthz'], requestTo('/healthz'))).toBe(true);
    expect(ignores(failing, requestTo('/'))).toBe(false);
    for (const result of [1, 'yes', {}, Promise.resolve(true), Promise.reject(new Error('rejected'))]) {
      expect(ignores(() => result as never, requestTo('/'))).toBe(false);
    }
    expect(ignores(/./, undefined as never)).toBe(false);
  });

  test('a regular expression is tested against at most the first 1,024 characters of a path', () => {
    let seen = '';
    const expression = Object.assign(/x$/, {});
    const original = RegExp.prototype.test;
    try {
      RegExp.prototype.test = function (text) {
        seen = text;
        return original.call(this, text);
      };
      ignores(expression, requestTo(`/${'x'.repeat(100_000)}`));
    } finally {
      RegExp.prototype.test = original;
    }
    expect(seen).toHaveLength(1_024);
  });

  test('a pattern matches like a regular expression with .* for each star', () => {
    const letters = ['a', 'b', '/', '*'];
    const random = (length: number, from: string[]) =>
      Array.from({ length }, () => from[Math.floor(Math.random() * from.length)]).join('');
    for (let round = 0; round < 20_000; round += 1) {
      const pattern = `/${random(Math.floor(Math.random() * 6), letters)}`;
      const path = `/${random(Math.floor(Math.random() * 7), letters.slice(0, 3))}`;
      const expected = new RegExp(`^${pattern.replaceAll('*', '.*')}$`).test(path);
      expect([pattern, path, ignores(pattern, requestTo(path))]).toEqual([pattern, path, expected]);
    }
  });
});

describe('`redact`', () => {
  const attributes = {
    password: 'p',
    'user.password': 'p',
    'http.request.header.authorization': ['Bearer x'],
    req: { headers: { 'x-api-key': 'k', host: 'h' }, url: '/' },
    users: [
      { token: 't', name: 'n' },
      { token: 't', name: 'n' },
    ],
    name: 'n',
  };

  test.each<[paths: string[], masked: object]>([
    [['password'], { password: '[Redacted]', 'user.password': '[Redacted]' }],
    [['PASSWORD'], { password: '[Redacted]', 'user.password': '[Redacted]' }],
    [['["password"]'], { password: '[Redacted]' }],
    [['user.password'], { 'user.password': '[Redacted]' }],
    [['user'], { 'user.password': '[Redacted]' }],
    [['*.password'], { 'user.password': '[Redacted]' }],
    [['authorization'], { 'http.request.header.authorization': '[Redacted]' }],
    [['http.request.header.*'], { 'http.request.header.authorization': '[Redacted]' }],
    [['["http.request.header.authorization"]'], { 'http.request.header.authorization': '[Redacted]' }],
    [['req.headers["x-api-key"]'], { req: { headers: { 'x-api-key': '[Redacted]', host: 'h' }, url: '/' } }],
    [["req.headers['x-api-key']"], { req: { headers: { 'x-api-key': '[Redacted]', host: 'h' }, url: '/' } }],
    [['req.headers'], { req: { headers: '[Redacted]', url: '/' } }],
    [['headers'], { req: { headers: '[Redacted]', url: '/' } }],
    [
      ['users[*].token'],
      {
        users: [
          { token: '[Redacted]', name: 'n' },
          { token: '[Redacted]', name: 'n' },
        ],
      },
    ],
    [
      ['users[1].token'],
      {
        users: [
          { token: 't', name: 'n' },
          { token: '[Redacted]', name: 'n' },
        ],
      },
    ],
    [['users.*'], { users: ['[Redacted]', '[Redacted]'] }],
    [['req.*.host'], { req: { headers: { 'x-api-key': 'k', host: '[Redacted]' }, url: '/' } }],
    [
      ['token', 'name'],
      {
        users: [
          { token: '[Redacted]', name: '[Redacted]' },
          { token: '[Redacted]', name: '[Redacted]' },
        ],
        name: '[Redacted]',
      },
    ],
    [['headers.host'], {}],
    [['pass'], {}],
  ])('%j', (paths, masked) => {
    const before = structuredClone(attributes);
    expect(createRedactor(paths)(attributes)).toEqual({ ...attributes, ...masked });
    expect(attributes).toEqual(before);
  });

  test('a value is returned as the same object when nothing in it is masked', () => {
    expect(createRedactor(['secret', 'a.b'])(attributes)).toBe(attributes);
  });

  test('names are matched case-insensitively', () => {
    const given = { 'X-Token': 't', Request: { Headers: 'h' } };
    expect(createRedactor(['x-token', 'REQUEST.headers'])(given)).toEqual({
      'X-Token': '[Redacted]',
      Request: { Headers: '[Redacted]' },
    });
  });

  test('`censor` and `remove` work as in pino', () => {
    const one = { a: { b: 1, c: 2 }, list: [1, 2] };
    expect(createRedactor({ paths: ['a.b'], censor: '***' })(one)).toEqual({ ...one, a: { b: '***', c: 2 } });
    expect(createRedactor({ paths: ['a.b'], censor: (value, path) => `${path.join('/')}=${typeof value}` })(one)).toEqual({
      ...one,
      a: { b: 'a/b=number', c: 2 },
    });
    expect(createRedactor({ paths: ['a.b', 'list[0]'], remove: true })(one)).toEqual({ a: { c: 2 }, list: [null, 2] });
    const failing = () => {
      throw new Error('broken');
    };
    expect(createRedactor({ paths: ['a.b'], censor: failing })(one)).toEqual({ ...one, a: { b: '[Redacted]', c: 2 } });
  });

  test('properties named __proto__ remain properties', () => {
    const given = JSON.parse('{"__proto__":{"secret":1,"other":2},"secret":1}');
    const redacted = createRedactor(['secret'])(given);
    expect(JSON.stringify(redacted)).toBe('{"__proto__":{"secret":"[Redacted]","other":2},"secret":"[Redacted]"}');
    expect(Object.getPrototypeOf(redacted)).toBe(Object.prototype);
  });

  test('a name is masked at any depth of objects and lists', () => {
    const canary = 'canary4711';
    const nest = (depth: number): unknown => {
      if (depth === 0) return { secret: { deep: [canary] }, plain: 1 };
      const inner = nest(depth - 1);
      return [
        () => [1, inner],
        () => ({ inner, other: [] }),
        () => ({ 'dotted.name': inner }),
        () => [[inner], { 'a.secret.b': canary }],
      ][Math.floor(Math.random() * 4)]?.();
    };
    const redact = createRedactor(['secret', 'not.there', 'inner.*.x']);
    for (let round = 0; round < 500; round += 1) {
      const given = { value: nest(round % 20) };
      expect(JSON.stringify(redact(given))).not.toContain(canary);
      expect(JSON.stringify(given)).toContain(canary);
    }
  });
});

describe('values are masked before they reach an exporter', () => {
  const secret = 'canary4711';
  const redact: Redact = ['password', 'user.email'];

  test('on spans, events and links of every instrumentation', () => {
    const exporter = new InMemorySpanExporter();
    const seen: string[] = [];
    const own: SpanProcessor = {
      ...spanProcessor,
      onEnd: ({ attributes, events, links }) => void seen.push(JSON.stringify({ attributes, events, links })),
    };
    const exporting = [new SimpleSpanProcessor({ exporter })];
    const provider = new TracerProvider({ spanProcessors: spanProcessors(exporting, { redact, spanProcessors: [own] }) });
    const context = { traceId: '1'.repeat(32), spanId: '1'.repeat(16), traceFlags: 1 };
    const values: Attributes = { password: secret, 'user.email': secret, 'user.id': 7 };
    const span = provider.getTracer('some library').startSpan('a span', {
      kind: SpanKind.CLIENT,
      attributes: values,
      links: [{ context, attributes: values }],
    });
    span.addEvent('an event', values);
    span.end();
    const [exported] = exporter.getFinishedSpans();
    const masked = { password: '[Redacted]', 'user.email': '[Redacted]', 'user.id': 7 };
    expect(exported?.attributes).toEqual(masked);
    expect(exported?.events[0]?.attributes).toEqual(masked);
    expect(exported?.links[0]?.attributes).toEqual(masked);
    expect(seen).toHaveLength(1);
    expect(seen[0]).not.toContain(secret);
    expect(values.password).toBe(secret);
  });

  test('on log records, including attributes added by a processor of the application', () => {
    const exporter = new InMemoryLogRecordExporter();
    const seen: string[] = [];
    const own = {
      onEmit(record: { attributes: object; setAttribute(key: string, value: string): unknown }) {
        seen.push(JSON.stringify(record.attributes));
        record.setAttribute('added.password', secret);
      },
      forceFlush: noop,
      shutdown: noop,
    };
    const processors = logRecordProcessors([new SimpleLogRecordProcessor({ exporter })], { redact, logRecordProcessors: [own] });
    const body = { user: { email: secret, id: 7 }, nested: [{ password: secret }] };
    new LoggerProvider({ processors }).getLogger('some library').emit({ body, attributes: { user: { email: secret }, id: 7 } });
    const [record] = exporter.getFinishedLogRecords();
    expect(record?.attributes).toEqual({ user: { email: '[Redacted]' }, id: 7, 'added.password': '[Redacted]' });
    expect(record?.body).toEqual({ user: { email: '[Redacted]', id: 7 }, nested: [{ password: '[Redacted]' }] });
    expect(seen[0]).not.toContain(secret);
    expect(body.user.email).toBe(secret);
  });

  test('no span and no log record is dropped when a processor of the application throws', () => {
    const spans = new InMemorySpanExporter();
    const failing = () => {
      throw new Error('broken');
    };
    const broken = { onStart: failing, onEnd: failing, onEnding: failing, onEmit: failing, forceFlush: noop, shutdown: noop };
    const provider = new TracerProvider({
      spanProcessors: spanProcessors([new SimpleSpanProcessor({ exporter: spans })], { spanProcessors: [broken] }),
    });
    provider.getTracer('test').startSpan('a span').end();
    expect(spans.getFinishedSpans()).toHaveLength(1);
    const records = new InMemoryLogRecordExporter();
    const processors = logRecordProcessors([new SimpleLogRecordProcessor({ exporter: records })], {
      logRecordProcessors: [broken],
    });
    new LoggerProvider({ processors }).getLogger('test').emit({ body: 'a line' });
    expect(records.getFinishedLogRecords()).toHaveLength(1);
  });

  test('spans are created for a processor alone, but not without any exporter or processor', () => {
    expect(spanProcessors([], {})).toEqual([]);
    expect(spanProcessors([], { spanProcessors: [spanProcessor] }).length).toBeGreaterThan(0);
  });
});

test.each([
  ['@opentelemetry/instrumentation-pg', 'pg'],
  ['telemetry/pg', 'pg'],
  ['@fastify/otel', 'fastify'],
  ['@opentelemetry/instrumentation-fastify', 'fastify'],
  ['@prisma/instrumentation', 'prisma'],
  ['opentelemetry-instrumentation-kysely', 'kysely'],
  ['my-instrumentation', 'my-instrumentation'],
])('the instrumentation %s instruments %s', (name, shortName) => {
  expect(shortNameOf(name)).toBe(shortName);
});

const index = new URL('../../src/index.ts', import.meta.url).href;

describe('start()', () => {
  const application = (options: string, rest = '') => `
    import { logs, propagation, ROOT_CONTEXT, trace } from '@opentelemetry/api';
    import { InstrumentationBase } from '@opentelemetry/instrumentation';
    import { start } from '${index}';
    class Own extends InstrumentationBase {
      constructor(name) { super(name, '1.0.0', {}); }
      init() {}
      enable() { console.log('enabled', this.instrumentationName); }
    }
    const processor = (onEnd) => ({ onStart() {}, onEnd, forceFlush: async () => {}, shutdown: async () => {} });
    const printing = processor(({ name, attributes }) => console.log(JSON.stringify([name, attributes])));
    await start(${options});
    const { default: fastify } = await import('fastify');
    ${rest}
  `;
  /** @returns the lines it printed */
  async function run(options: string, rest: string, env: Record<string, string> = {}) {
    const settings = { OTEL_TRACES_EXPORTER: 'none', OTEL_LOGS_EXPORTER: 'none', ...env };
    const { stdout, stderr, code } = await runApplication(application(options, rest), { isTraced: false, env: settings })
      .finished;
    expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
    return { lines: stdout.split('\n').filter(Boolean), stderr };
  }
  const aSpan = "trace.getTracer('test').startSpan('a span', { attributes: { password: 'p' } }).end();";

  test('logs each invalid option and starts', async () => {
    const { lines, stderr } = await run('{ sampler: 5, spanProcessors: [printing, 7], unknown: true }', aSpan);
    expect(lines).toEqual(['["a span",{"password":"p"}]']);
    expect(stderr.trimEnd().split('\n')).toEqual([
      'telemetry: option sampler is 5: expected a sampler; using the default',
      'telemetry: option spanProcessors is 7: expected a list of span processors; using the others',
      expect.stringMatching(/^telemetry: option "unknown" is unknown: /),
    ]);
  });

  test('passes the attributes of a request to the sampler and to the start of a span processor', async () => {
    const sampler = "{ shouldSample: (...args) => { console.log('sampler', args[4]['http.route']); return { decision: 2 }; } }";
    const processors = "[{ ...printing, onStart: ({ attributes }) => console.log('processor', attributes['http.route']) }]";
    const aRequest = "const app = fastify(); app.get('/a/:id', async () => 'x'); await app.inject('/a/1');";
    const withSampler = await run(`{ sampler: ${sampler}, spanProcessors: ${processors} }`, aRequest);
    expect(withSampler.lines.slice(0, 2)).toEqual(['sampler /a/:id', 'processor /a/:id']);
    expect((await run(`{ spanProcessors: ${processors} }`, aRequest)).lines[0]).toBe('processor /a/:id');
  });

  test('passes the lines of pino to a log record processor, even if no exporter takes them', async () => {
    const processor = '{ onEmit({ body }) { console.log(body); }, forceFlush: async () => {}, shutdown: async () => {} }';
    const aLine = "const { pino } = await import('pino'); pino({}, { write() {} }).info('a line');";
    expect((await run(`{ logRecordProcessors: [${processor}] }`, aLine)).lines).toEqual(['a line']);
  });

  test.each([
    ['', 'start'],
    [' of another copy of the package', `(await import('${new URL('start.ts?copy', index)}')).start`],
  ])('ignores a second call%s and logs that once', async (_of, start) => {
    const again = `await ${start}({ spanProcessors: [printing] }); await ${start}();`;
    const { lines, stderr } = await run('{ spanProcessors: [printing] }', `${again} ${aSpan}`);
    expect(lines).toEqual(['["a span",{"password":"p"}]']);
    expect(stderr.trimEnd().split('\n')).toEqual([expect.stringMatching(/^telemetry: start\(\) was called again: .* ignored$/)]);
  });

  test('masks the names in `redact`', async () => {
    const { lines } = await run("{ redact: ['password'], spanProcessors: [printing] }", aSpan);
    expect(lines).toEqual(['["a span",{"password":"[Redacted]"}]']);
  });

  test('uses `sampler` regardless of OTEL_TRACES_SAMPLER', async () => {
    const sampler = "{ shouldSample: (c, id, name) => ({ decision: name === 'a span' ? 2 : 0 }), toString: () => 'own' }";
    const { lines } = await run(
      `{ sampler: ${sampler}, spanProcessors: [printing] }`,
      `${aSpan} trace.getTracer('test').startSpan('another span').end();`,
      { OTEL_TRACES_SAMPLER: 'always_off' },
    );
    expect(lines).toEqual(['["a span",{"password":"p"}]']);
  });

  test('uses `propagators` regardless of OTEL_PROPAGATORS', async () => {
    const own =
      "{ inject: (c, carrier, setter) => setter.set(carrier, 'x-own', '1'), extract: (c) => c, fields: () => ['x-own'] }";
    const { lines } = await run(
      `{ propagators: [${own}] }`,
      'const headers = {}; propagation.inject(ROOT_CONTEXT, headers); console.log(JSON.stringify(headers));',
      { OTEL_PROPAGATORS: 'b3' },
    );
    expect(lines).toEqual(['{"x-own":"1"}']);
  });

  test('adds `instrumentations`; one that throws does not affect the others', async () => {
    const { lines, stderr } = await run(
      "{ instrumentations: [[new Own('own')], Object.assign(new Own('broken'), { setTracerProvider() { throw new Error('no') } })], spanProcessors: [printing] }",
      "await fastify().get('/a', async () => 1).inject('/a');",
    );
    expect(lines).toContain('enabled own');
    expect(lines.at(-1)).toMatch(/^\["GET \/a",/);
    expect(stderr).toContain('telemetry: broken cannot be enabled: no');
  });

  test.each<Record<string, string>>([{}, { OTEL_NODE_DISABLED_INSTRUMENTATIONS: 'fastify' }])(
    'replaces its own instrumentation by the given one for the same package, with %j',
    async (env) => {
      const { lines } = await run(
        "{ instrumentations: [new Own('@fastify/otel')], spanProcessors: [printing] }",
        "await fastify().get('/a', async () => 1).inject('/a'); console.log('end');",
        env,
      );
      expect(lines).toEqual(['enabled @fastify/otel', 'end']);
    },
  );

  test.each([
    [{ OTEL_NODE_DISABLED_INSTRUMENTATIONS: 'fastify' }, 0],
    [{ OTEL_NODE_ENABLED_INSTRUMENTATIONS: 'pg,pino' }, 0],
    [{ OTEL_NODE_ENABLED_INSTRUMENTATIONS: 'fastify' }, 1],
    [{}, 1],
  ])('with %j, a request has %i spans and nothing is logged', async (env: Record<string, string>, count) => {
    const rest = "await fastify().get('/a', async () => 1).inject('/a');";
    const { lines, stderr } = await run('{ spanProcessors: [printing] }', rest, env);
    expect(lines).toHaveLength(count);
    expect(stderr).toBe('');
  });

  test('exports log records with the changes of `logRecordProcessors`', async () => {
    const receiver = await startOtlpReceiver();
    const tagging =
      "{ onEmit: (record) => record.setAttribute('tag', 'x'), forceFlush: async () => {}, shutdown: async () => {} }";
    const { stderr } = await run(
      `{ logRecordProcessors: [${tagging}], redact: ['password'] }`,
      "logs.getLogger('test').emit({ body: 'a line', attributes: { password: 'p' } });",
      { OTEL_LOGS_EXPORTER: 'otlp', OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint },
    );
    expect(stderr.replace(/^.*may not have been delivered.*\n/, '')).toBe(''); // on a busy machine the response comes too late
    await until('the record', () => receiver.logs.length > 0);
    expect(receiver.logs.map(({ attributes }) => attributes)).toEqual([{ password: '[Redacted]', tag: 'x' }]);
    await receiver.stop();
  });
});

describe('in a NodeSDK of the application', () => {
  const setup = (instrumentations: string) => `
    import { createRequire } from 'node:module';
    import { NodeSDK } from '@opentelemetry/sdk-node';
    import { FastifyInstrumentation, PgInstrumentation, PinoInstrumentation } from '${index}';
    const print = (kind, name, { traceId = 'none' } = {}) => console.log('exported', kind, name, traceId);
    const spans = { onStart() {}, onEnd: (span) => print('span', span.name, span.spanContext()) };
    const records = { onEmit: (record) => print('record', record.body, record.spanContext) };
    const rest = { forceFlush: async () => {}, shutdown: async () => {} };
    const instrumentations = [${instrumentations}];
    new NodeSDK({
      instrumentations,
      spanProcessors: [{ ...spans, ...rest }],
      logRecordProcessors: [{ ...records, ...rest }],
      metricReaders: [],
    }).start();
    const require = createRequire('${import.meta.url}');
    const fastify = require('fastify');
    const pg = require('pg');
    const { trace } = require('@opentelemetry/api');
    async function serve(path) {
      const pool = new pg.Pool({ connectionString: process.env.DATABASE, max: 1 });
      const app = fastify({ logger: { level: 'info' } });
      app.get(path, async (request) => {
        await pool.query('SELECT 1');
        request.log.warn('a line');
        return 1;
      });
      await trace.getTracer('test').startActiveSpan('caller', async (span) => {
        await app.inject(path);
        span.end();
      });
      await pool.end();
    }
    await serve('/a');
    for (const each of instrumentations) each.disable();
    console.log('disabled');
    await serve('/b');
  `;
  const urlOf = ({ port, user, password }: { port: number; user: string; password: string }) =>
    `postgres://${user}:${password}@localhost:${port}/postgres`;
  /** The exports while the instrumentations were enabled, and after they were disabled. */
  async function run(instrumentations: string) {
    const env = { DATABASE: urlOf(inject('postgres')) };
    const { code, stdout, stderr } = await runApplication(setup(instrumentations), { isTraced: false, env }).finished;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const lines = stdout.split('\n');
    const exported = lines.filter(
      (line) => /^(exported|disabled)/.test(line) && !/(incoming request|request completed)/.test(line),
    );
    const withoutCaller = exported.filter((line) => !line.includes('span caller'));
    const at = withoutCaller.indexOf('disabled');
    return { enabled: withoutCaller.slice(0, at), disabled: withoutCaller.slice(at + 1) };
  }

  test.each([
    ['new FastifyInstrumentation()', /^exported span GET \/a [\da-f]{32}$/],
    ['new PgInstrumentation()', /^exported span SELECT [\da-f]{32}$/],
    ['new PinoInstrumentation({ exports: true })', /^exported record a line [\da-f]{32}$/],
  ])('%s works on its own, until it is disabled', async (instrumentation, expected) => {
    const { enabled, disabled } = await run(instrumentation);
    expect(enabled).toEqual([expect.stringMatching(expected)]);
    expect(disabled).toEqual([]);
  });

  test('all three together give one complete trace', async () => {
    const { enabled } = await run(
      'new FastifyInstrumentation(), new PgInstrumentation(), new PinoInstrumentation({ exports: true })',
    );
    expect(enabled.map((line) => line.replace(/ [\da-f]{32}$/, ''))).toEqual([
      'exported span SELECT',
      'exported record a line',
      'exported span GET /a',
    ]);
    expect(new Set(enabled.map((line) => line.split(' ').at(-1))).size).toBe(1);
  });
});
