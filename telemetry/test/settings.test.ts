// An invalid OTEL_* value is logged once and replaced by its default. The service always starts.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { generate } from 'selfsigned';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { instrumentationNames } from '../src/instrumentation-names.ts';
import { rules } from '../src/setting-rules.ts';
import { readSettings } from '../src/settings.ts';
import { startOtlpReceiver } from './support/otlp-receiver.ts';

const folder = mkdtempSync(join(tmpdir(), 'settings-'));
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, content: string): string {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
}

const register = fileURLToPath(new URL('../src/register.ts', import.meta.url));

/** Runs a script in a process with only this environment. */
async function run(env: Record<string, string>, script = "console.log('started')") {
  const child = spawn(process.execPath, ['--import', register, '--input-type=module', '--eval', script], {
    cwd: fileURLToPath(new URL('..', import.meta.url)),
    env: { PATH: process.env.PATH, ...env },
    timeout: 20_000,
  });
  const [stdout, stderr, [status]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { status, stdout, stderr };
}

type Environment = Record<string, string>;

function valuesOf(environment: Environment): Environment {
  return Object.fromEntries(readSettings(environment).values);
}

const forEachSignal = (name: string) =>
  ['', 'TRACES_', 'LOGS_', 'METRICS_'].map((signal) => `OTEL_EXPORTER_OTLP_${signal}${name}`);

describe('an invalid value is replaced by its default and logged in one sentence', () => {
  const integer = 'an integer from 1 to 2147483647';
  const limits = ['COUNT', 'VALUE_LENGTH'].flatMap((kind) =>
    ['', 'SPAN_', 'LOGRECORD_'].map((prefix) => `OTEL_${prefix}ATTRIBUTE_${kind}_LIMIT`),
  );
  const wrong: [names: string[], values: string[], expected: RegExp][] = [
    [['OTEL_SDK_DISABLED'], ['1', 'yes', 'TRUE!'], /expected true or false; using the default false$/],
    [['OTEL_LOG_LEVEL'], ['loud'], /expected none, error, .* or all; using the default warn$/],
    [
      ['OTEL_RESOURCE_ATTRIBUTES'],
      ['novalue', 'a=1,b', '=1', 'a=%zz', 'a=b=c', `a=${'x'.repeat(256)}`],
      /expected pairs such as .*; using the default$/,
    ],
    [['OTEL_NODE_RESOURCE_DETECTORS'], ['moon'], /expected a list of all, none, env, .*; using the default /],
    [
      ['OTEL_NODE_ENABLED_INSTRUMENTATIONS', 'OTEL_NODE_DISABLED_INSTRUMENTATIONS'],
      ['postgresql'],
      /expected a list of instrumentations such as .*; using the default$/,
    ],
    [['OTEL_TRACES_EXPORTER'], ['printer'], /expected a list of otlp, console, zipkin or none; using the default otlp$/],
    [['OTEL_LOGS_EXPORTER'], ['zipkin'], /expected a list of otlp, console or none; using the default otlp$/],
    [['OTEL_PROPAGATORS'], ['jaeger'], /expected a list of tracecontext, .*; using the default tracecontext,baggage$/],
    [['OTEL_TRACES_SAMPLER'], ['sometimes', 'traceidratio,always_on'], /using the default parentbased_always_on$/],
    [
      ['OTEL_TRACES_SAMPLER_ARG'],
      ['2', '-0.1', 'half', 'NaN', 'Infinity', '0x1'],
      /expected a ratio from 0 to 1; using the default 1$/,
    ],
    [forEachSignal('PROTOCOL'), ['pigeon', 'grpc,http/json'], /expected grpc, http\/protobuf or http\/json; using the default/],
    [forEachSignal('INSECURE'), ['1'], /expected true or false; using the default/],
    [
      forEachSignal('ENDPOINT'),
      [
        'htpp://localhost:4317',
        'not an address',
        'http://localhost:99999',
        'localhost',
        'http://',
        'dns:///collector:4317',
        ':4317',
      ],
      /expected a URL such as http:\/\/localhost:4317, .*; using the default/,
    ],
    [
      forEachSignal('CERTIFICATE'),
      ['/no/such/file', folder, file('text', 'text')],
      /expected a readable file with a PEM certificate; /,
    ],
    [forEachSignal('CLIENT_CERTIFICATE'), ['/no/such/file'], /expected a readable file with a PEM certificate that belongs to /],
    [forEachSignal('CLIENT_KEY'), ['/no/such/file'], /expected a readable file with the PEM key of /],
    [
      forEachSignal('HEADERS'),
      ['a token without a name', '=x', 'a=%zz', 'a=tökén', 'a=x%0ay', 'a-bin=x'],
      /expected pairs such as /,
    ],
    [
      forEachSignal('TIMEOUT'),
      ['long', '0', '-1', '1.5', '1e9', '99999999999'],
      new RegExp(`expected ${integer} \\(milliseconds\\); `),
    ],
    [forEachSignal('COMPRESSION'), ['zip', 'deflate'], /expected gzip or none; using the default/],
    [['OTEL_EXPORTER_ZIPKIN_ENDPOINT'], ['zipkin'], /using the default http:\/\/localhost:9411/],
    [
      ['BSP', 'BLRP'].flatMap((prefix) =>
        ['MAX_QUEUE_SIZE', 'MAX_EXPORT_BATCH_SIZE', 'SCHEDULE_DELAY', 'EXPORT_TIMEOUT'].map((name) => `OTEL_${prefix}_${name}`),
      ),
      ['-1', '0', '1e9', 'NaN', '1.5', '2147483648', '10 000'],
      new RegExp(`expected ${integer}; using the default$`),
    ],
    [
      [...limits, 'OTEL_SPAN_EVENT_COUNT_LIMIT', 'OTEL_SPAN_LINK_COUNT_LIMIT', 'OTEL_SPAN_ATTRIBUTE_PER_EVENT_COUNT_LIMIT'],
      ['-1', 'many', 'Infinity'],
      /expected an integer from [01] to 2147483647; using the default$/,
    ],
  ];
  const cases = wrong.flatMap(([names, values, expected]) =>
    names.flatMap((name) => values.map((value) => ({ name, value, expected }))),
  );

  test.each(cases)('$name=$value', ({ name, value, expected }) => {
    const { values, problems } = readSettings({ [name]: value, OTEL_TRACES_SAMPLER: 'always_on', [name]: value });
    expect(values.has(name)).toBe(false);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(new RegExp(`^${name} is ".*": `));
    expect(problems[0]).toMatch(expected);
  });

  test('the setting for all signals replaces an invalid one for a single signal', () => {
    const { values, problems } = readSettings({
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
      OTEL_EXPORTER_OTLP_LOGS_PROTOCOL: 'pigeon',
    });
    expect([...values]).toEqual([['OTEL_EXPORTER_OTLP_PROTOCOL', 'http/json']]);
    expect(problems[0]).toMatch(/; using the default, OTEL_EXPORTER_OTLP_PROTOCOL$/);
  });

  test.each(rules.flatMap(({ names }) => names))(
    '%s accepts or rejects any value without throwing, regardless of its length',
    (name) => {
      const units = [
        '1',
        'a',
        '=',
        ',',
        '.',
        ':',
        '/',
        '@',
        '%',
        ' ',
        'e',
        '-',
        '//',
        '1.',
        'a=',
        ',,',
        '::',
        '\u0000',
        'http://',
        '\ud83d',
      ];
      for (const unit of units) {
        for (const value of [unit, unit.repeat(20_000), `${unit.repeat(20_000)}!`, `http://${unit.repeat(20_000)}`]) {
          expect(readSettings({ [name]: value }).problems.length).toBeLessThanOrEqual(1);
        }
      }
    },
  );

  test('a long value is truncated and logged on one line', () => {
    const [problem] = readSettings({ OTEL_TRACES_SAMPLER: `a\nb${'x'.repeat(10_000)}` }).problems;
    expect(problem).not.toContain('\n');
    expect(problem?.length).toBeLessThan(500);
  });

  test.each([
    ['OTEL_EXPORTER_OTLP_HEADERS', 'authorization=Bearer%20s3cret%zz'],
    ['OTEL_EXPORTER_OTLP_TRACES_HEADERS', 'api-key=s3cret,s3cret'],
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'http://bob:s3cret@localhost:4317'],
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'bob:x/s3cret@localhost:4317'],
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'htpp://localhost/?key=s3cret'],
  ])('%s=%s is logged without its secret', (name, value) => {
    const { problems } = readSettings({ [name]: value });
    expect(problems).toHaveLength(1);
    expect(problems[0]).not.toMatch(/s3cret|bob/);
  });
});

describe('values that are not in canonical form', () => {
  test.each<[Environment, Environment, isLogged?: boolean]>([
    [{ OTEL_SERVICE_NAME: ' shop ', OTEL_LOG_LEVEL: '', OTEL_PROPAGATORS: ' ' }, { OTEL_SERVICE_NAME: 'shop' }],
    [{ OTEL_SDK_DISABLED: 'True' }, { OTEL_SDK_DISABLED: 'true' }],
    [{ OTEL_TRACES_EXPORTER: 'otlp,' }, { OTEL_TRACES_EXPORTER: 'otlp' }],
    [{ OTEL_TRACES_EXPORTER: ',' }, {}],
    [{ OTEL_TRACES_EXPORTER: 'otlp , Console,otlp' }, { OTEL_TRACES_EXPORTER: 'otlp,console' }],
    [{ OTEL_TRACES_EXPORTER: 'otlp,printer' }, { OTEL_TRACES_EXPORTER: 'otlp' }, true],
    [{ OTEL_RESOURCE_ATTRIBUTES: 'a=1,b=x%2Cy,' }, { OTEL_RESOURCE_ATTRIBUTES: 'a=1,b=x%2Cy' }],
    [{ OTEL_EXPORTER_OTLP_HEADERS: 'a=1,broken,b=Basic%20eA==' }, { OTEL_EXPORTER_OTLP_HEADERS: 'a=1,b=Basic%20eA==' }, true],
    [{ OTEL_EXPORTER_OTLP_PROTOCOL: 'HTTP/JSON' }, { OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json' }],
    [
      { OTEL_TRACES_SAMPLER: 'parentbased_traceidratio' },
      { OTEL_TRACES_SAMPLER: 'parentbased_traceidratio', OTEL_TRACES_SAMPLER_ARG: '1' },
    ],
    [{ OTEL_NODE_ENABLED_INSTRUMENTATIONS: 'pg,pgg,undici' }, { OTEL_NODE_ENABLED_INSTRUMENTATIONS: 'pg,undici' }, true],
    [{ OTEL_UNKNOWN: 'anything' }, { OTEL_UNKNOWN: 'anything' }],
    [{ OTEL_METRICS_EXPORTER: 'otlp, Prometheus' }, { OTEL_METRICS_EXPORTER: 'otlp,prometheus' }],
    [{ PATH: '/bin' }, {}],
  ])('%j is interpreted as %j', (environment, expected, isLogged = false) => {
    const { values, problems } = readSettings(environment);
    expect(Object.fromEntries(values)).toEqual(expected);
    expect(problems).toHaveLength(isLogged ? 1 : 0);
  });

  test.each([
    ['localhost:4317', 'http://localhost:4317'],
    ['//collector:4317', 'http://collector:4317'],
    ['127.0.0.1:4317', 'http://127.0.0.1:4317'],
    ['[::1]:4317', 'http://[::1]:4317'],
    ['collector.observability.svc.cluster.local:4317', 'http://collector.observability.svc.cluster.local:4317'],
    ['otlp.example.com:443', 'https://otlp.example.com:443'],
  ])('the address %s without a scheme is completed to %s', (given, completed) => {
    const { values, problems } = readSettings({ OTEL_EXPORTER_OTLP_ENDPOINT: given });
    expect(values.get('OTEL_EXPORTER_OTLP_ENDPOINT')).toBe(completed);
    expect(problems[0]).toMatch(/: expected a URL such as /);
    expect(problems[0]?.endsWith(`; using ${completed}`)).toBe(true);
  });

  test('OTEL_EXPORTER_OTLP_INSECURE selects TLS for an address without a scheme', () => {
    const endpointOf = (insecure: string, address: string) =>
      valuesOf({ OTEL_EXPORTER_OTLP_INSECURE: insecure, OTEL_EXPORTER_OTLP_ENDPOINT: address }).OTEL_EXPORTER_OTLP_ENDPOINT;
    expect(endpointOf('true', 'otlp.example.com:4317')).toBe('http://otlp.example.com:4317');
    expect(endpointOf('false', 'localhost:4317')).toBe('https://localhost:4317');
  });

  test('credentials in the URL are used for HTTP basic authentication, which gRPC does not support', () => {
    const given = 'http://user:password@localhost:4318';
    const endpoint = (protocol: string) =>
      readSettings({ OTEL_EXPORTER_OTLP_PROTOCOL: protocol, OTEL_EXPORTER_OTLP_ENDPOINT: given });
    expect(endpoint('http/protobuf')).toMatchObject({ problems: [] });
    expect(endpoint('http/protobuf').values.get('OTEL_EXPORTER_OTLP_ENDPOINT')).toBe(given);
    expect(endpoint('grpc').problems).toHaveLength(1);
    expect(endpoint('grpc').values.get('OTEL_EXPORTER_OTLP_ENDPOINT')).toBe('http://localhost:4318');
  });

  test('a client certificate needs its own key', async () => {
    const [own, other] = await Promise.all([generate(), generate()]);
    const certificate = file('own.crt', own.cert);
    const [key, otherKey] = [file('own.key', own.private), file('other.key', other.private)];
    const problemsOf = (environment: Environment) => readSettings(environment).problems.length;
    const general = { OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE: certificate };
    expect(problemsOf({ ...general, OTEL_EXPORTER_OTLP_CLIENT_KEY: key })).toBe(0);
    expect(problemsOf({ ...general, OTEL_EXPORTER_OTLP_LOGS_CLIENT_KEY: key })).toBe(0);
    expect(problemsOf({ OTEL_EXPORTER_OTLP_LOGS_CLIENT_CERTIFICATE: certificate, OTEL_EXPORTER_OTLP_CLIENT_KEY: key })).toBe(0);
    expect(problemsOf({ ...general, OTEL_EXPORTER_OTLP_CLIENT_KEY: otherKey })).toBe(2);
    expect(problemsOf(general)).toBe(1);
    expect(
      problemsOf({ OTEL_EXPORTER_OTLP_LOGS_CLIENT_CERTIFICATE: certificate, OTEL_EXPORTER_OTLP_TRACES_CLIENT_KEY: key }),
    ).toBe(2);
  });

  test('the names of instrumentations are those of auto-instrumentations-node', () => {
    const main = createRequire(import.meta.url).resolve('@opentelemetry/auto-instrumentations-node');
    const { dependencies } = JSON.parse(readFileSync(join(dirname(main), '../package.json'), 'utf8'));
    const prefix = '@opentelemetry/instrumentation-';
    const names = Object.keys(dependencies).filter((name) => name.startsWith(prefix));
    expect(names.map((name) => name.slice(prefix.length)).sort()).toEqual([...instrumentationNames].sort());
  });
});

describe('the environment the SDK reads', () => {
  async function load(environment: Environment) {
    vi.resetModules();
    for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
    return import('../src/settings.ts');
  }

  test('contains only valid values, as they were at startup', async () => {
    const { setting, withValidEnvironment } = await load({ OTEL_TRACES_SAMPLER: 'sometimes', OTEL_SERVICE_NAME: 'shop' });
    expect(setting('OTEL_SERVICE_NAME')).toBe('shop');
    vi.unstubAllEnvs(); // as an application that deletes a secret
    expect(
      withValidEnvironment(() => [process.env.OTEL_TRACES_SAMPLER, process.env.OTEL_SERVICE_NAME, process.env.PATH]),
    ).toEqual([undefined, 'shop', process.env.PATH]);
  });

  test('is not visible to the application, even if the SDK throws', async () => {
    const { withValidEnvironment } = await load({ OTEL_TRACES_SAMPLER: 'sometimes' });
    const before = process.env;
    const entries = Object.entries(process.env);
    const failed = () =>
      withValidEnvironment(() => {
        expect(process.env.OTEL_TRACES_SAMPLER).toBeUndefined();
        throw new Error('no credentials');
      });
    expect(failed).toThrow('no credentials');
    expect(process.env).toBe(before);
    expect(Object.entries(process.env)).toEqual(entries);
    vi.unstubAllEnvs();
  });
});

describe('a service', () => {
  test('starts with all values invalid and logs each once', async () => {
    const names = [
      ...['OTEL_SDK_DISABLED', 'OTEL_LOG_LEVEL', 'OTEL_RESOURCE_ATTRIBUTES', 'OTEL_NODE_RESOURCE_DETECTORS', 'OTEL_PROPAGATORS'],
      ...['OTEL_NODE_ENABLED_INSTRUMENTATIONS', 'OTEL_TRACES_SAMPLER', 'OTEL_BSP_MAX_QUEUE_SIZE', 'OTEL_SPAN_LINK_COUNT_LIMIT'],
      ...['OTEL_TRACES_EXPORTER', 'OTEL_LOGS_EXPORTER'],
      ...['PROTOCOL', 'ENDPOINT', 'CERTIFICATE', 'CLIENT_KEY', 'HEADERS', 'TIMEOUT', 'COMPRESSION'].flatMap(forEachSignal),
    ];
    const { status, stdout, stderr } = await run(Object.fromEntries(names.map((name) => [name, 'wrong'])));
    expect({ status, stdout }).toEqual({ status: 0, stdout: 'started\n' });
    const sentences = stderr.trimEnd().split('\n');
    expect(sentences.map((line) => /^telemetry: (\w+) is ".*": expected .*; using .+$/.exec(line)?.[1]).sort()).toEqual(
      names.sort(),
    );
  });

  test('sees its environment unchanged', async () => {
    const environment = { OTEL_TRACES_SAMPLER: 'sometimes', OTEL_EXPORTER_OTLP_ENDPOINT: 'localhost:1', OTEL_EMPTY: '' };
    const { stdout } = await run(environment, 'console.log(JSON.stringify(process.env))');
    expect(JSON.parse(stdout)).toEqual({ PATH: process.env.PATH, ...environment });
  });

  test('is not instrumented and logs nothing with OTEL_SDK_DISABLED=true', async () => {
    const { status, stderr } = await run({ OTEL_SDK_DISABLED: 'true', OTEL_TRACES_SAMPLER: 'sometimes' });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });

  test('exports to an endpoint without a scheme and to the console, for a list with a trailing comma', async () => {
    const receiver = await startOtlpReceiver();
    const { stdout } = await run(
      { OTEL_EXPORTER_OTLP_ENDPOINT: `localhost:${receiver.port}`, OTEL_TRACES_EXPORTER: 'otlp,console,' },
      "import { trace } from '@opentelemetry/api'; trace.getTracer('test').startSpan('a span').end();",
    );
    expect(receiver.spans.map(({ name }) => name)).toEqual(['a span']);
    expect(stdout).toContain("name: 'a span'");
    await receiver.stop();
  });
});
