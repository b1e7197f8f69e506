// An invalid setting ends the start with exit code 78 and a line with its name, its value and the accepted values.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Config as BackendConfig } from '../backend/config.ts';
import { Config as FrontendConfig } from '../frontend/config.ts';
import { rules } from '../telemetry/src/setting-rules.ts';
import { root, run } from './support/service.ts';

type Wrong = [name: string, value: string, accepted: string][];

/** The output of a process that refuses to start. */
async function refusal(args: string[], env: Record<string, string>): Promise<string> {
  const service = run(args, env);
  expect(await service.ended).toEqual({ code: 78, signal: null });
  return service.output();
}

describe('OTEL_*', () => {
  test('each variable in the table of docs/integrate.md is validated by telemetry/, except the one that accepts any text', () => {
    const page = readFileSync(join(root, 'docs/integrate.md'), 'utf8');
    const named = page
      .split('\n')
      .filter((line) => line.startsWith('| `OTEL_'))
      .flatMap((line) => [...(line.split(' | ')[0] as string).matchAll(/OTEL_\w+/g)].map(([name]) => name));
    expect(named.length).toBeGreaterThan(12);
    const validated = rules.flatMap(({ names }) => names);
    expect(named.filter((name) => !validated.includes(name))).toEqual(['OTEL_SERVICE_NAME']);
  });

  test('an invalid one does not stop a service', async () => {
    const service = run(['--import', './telemetry/src/register.ts', 'frontend/main.ts'], {
      OTEL_TRACES_SAMPLER: 'sometimes',
      LOG_LEVEL: 'loud',
    });
    await service.ended;
    expect(service.output()).toContain('telemetry: OTEL_TRACES_SAMPLER is "sometimes": expected ');
    expect(service.output()).toContain('LOG_LEVEL is "loud"; expected '); // main.ts runs
  });
});

describe('the settings of the services', () => {
  const right: Record<string, string> = { OTEL_SDK_DISABLED: 'true', BACKEND_PORT: '3002', FRONTEND_PORT: '3001' };
  for (const name of ['PGHOST', 'PGPORT', 'PGDATABASE', 'PGUSER', 'PGPASSWORD']) right[name] = '1';

  const port = 'a port from 1 to 65535';
  const level = 'trace, debug, info, warn, error, fatal or silent';
  const address = (example: string) => `an address without a path or a user, such as ${example}`;
  const common: Wrong = [
    ['LOG_LEVEL', 'loud', level],
    ['MAX_IN_FLIGHT', '0', 'an integer from 1 to 100000'],
    ['FLAGD_ADDRESS', 'http://flagd', 'a host and a port, such as flagd:8015'],
  ];
  const services: Record<string, { config: object; wrong: Wrong; acceptsAnyText: string[] }> = {
    backend: {
      config: BackendConfig.properties,
      wrong: [
        ...common,
        ['BACKEND_PORT', 'http', port],
        ['PGHOST', '', 'the host name of a PostgreSQL server'],
        ['PGPORT', '70000', port],
        ['PGDATABASE', '', 'the name of a database'],
        ['PGUSER', '', 'a role that may create tables there'],
        ['PGPASSWORD', '', 'the password of that role'],
        ['POOL_SIZE', '1001', 'an integer from 1 to 1000'],
        ['DATABASE_TIMEOUT_MS', 'soon', 'an integer from 10 to 60000'],
      ],
      acceptsAnyText: ['HOST', 'FAULTS_FILE'], // HOST is covered below
    },
    frontend: {
      config: FrontendConfig.properties,
      wrong: [
        ...common,
        ['FRONTEND_PORT', '0', port],
        ['BACKEND_PORT', '-1', port],
        ['BACKEND_URL', 'backend:3002', address('http://localhost:3002')],
        ['BACKEND_TIMEOUT_MS', '9', 'an integer from 10 to 60000'],
        ['EMIT_INTERVAL_MS', '1.5', 'an integer from 0 to 86400000'],
        ['TEMPO_URL', 'http://tempo/api', address('http://localhost:3200')],
        ['LOKI_URL', 'ftp://loki', address('http://localhost:3100')],
        ['GRAFANA_URL', 'http://', address('http://localhost:3000')],
        ['VIEWER_URL', 'http://localhost:99999', address('http://localhost:3000')],
        ['UI_PORT', '65536', port],
      ],
      acceptsAnyText: ['HOST', 'FAULTS_FILE'],
    },
  };

  describe.each(Object.entries(services))('%s', (name, { config, wrong, acceptsAnyText }) => {
    test('all invalid ones are reported at once, one line each', async () => {
      const env = { ...right, ...Object.fromEntries(wrong.map(([setting, value]) => [setting, value])) };
      const sentences = wrong.map(
        ([setting, value, accepted]) => `${setting} is ${value ? `"${value}"` : 'not set'}; expected ${accepted}`,
      );
      const said = await refusal([`${name}/main.ts`], env);
      expect(said.trimEnd().split('\n').sort()).toEqual(sentences.sort());
    });

    test('each setting is covered here', () => {
      expect([...wrong.map(([setting]) => setting), ...acceptsAnyText].sort()).toEqual(Object.keys(config).sort());
    });
  });

  test.concurrent.each([
    ['backend', 'POOL_SIZE', '1e999'],
    ['backend', 'HOST', '192.0.2.1'], // of no machine: https://www.rfc-editor.org/rfc/rfc5737
    ['frontend', 'HOST', 'no host'],
    ['frontend', 'BACKEND_URL', 'http://localhost?x'],
  ])('%s with %s=%s', async (name, setting, value) => {
    const service = run([`${name}/main.ts`], { ...right, LOG_LEVEL: 'silent', [setting]: value });
    expect(await service.ended).toEqual({ code: 78, signal: null });
    expect(service.output()).toMatch(/^.*\n$/);
    expect(service.output()).toContain(`${setting} is "${value}"; expected `);
  });

  test('a password in an address is not printed', async () => {
    const said = await refusal(['frontend/main.ts'], { ...right, BACKEND_URL: 'http://user:secret@backend:3002' });
    expect(said).toBe(`BACKEND_URL is "http://…@backend:3002"; expected ${address('http://localhost:3002')}\n`);
  });
});

describe('the settings of the Collector that make up refuses', () => {
  const cloud = { DEMO_CLOUD: '1', OTLP_ENDPOINT: 'https://otlp.example.com', OTLP_AUTHORIZATION: 'Bearer token' };

  test.each<[mode: string, env: Record<string, string>, sentences: RegExp[]]>([
    ['docker', {}, []],
    ['docker', { COLLECTOR_OVERLAY: 'tail-sampling', ...cloud, OTLP_PROTOCOL: 'grpc' }, []],
    ['docker', { COLLECTOR_OVERLAY: 'sampling' }, [/^COLLECTOR_OVERLAY is "sampling": expected one of none redaction /]],
    ['docker', { COLLECTOR_OVERLAY: 'second-backend' }, [/^SECOND_BACKEND is not set: /]],
    [
      'docker',
      { COLLECTOR_OVERLAY: 'span-metrics', ...cloud },
      [/^COLLECTOR_OVERLAY is "span-metrics", which cannot be combined/],
    ],
    ['docker', { DEMO_CLOUD: '1' }, [/^OTLP_ENDPOINT is not set: /, /^OTLP_AUTHORIZATION is not set: /]],
    ['docker', { DEMO_CLOUD: '0' }, []],
    ['docker', { ...cloud, OTLP_PROTOCOL: 'tcp' }, [/^OTLP_PROTOCOL is "tcp": expected http or grpc$/]],
    ['local', cloud, [/^DEMO_CLOUD is "1": only Docker mode uses it; /]],
    ['local', { DEMO_CLOUD: '0', COLLECTOR_OVERLAY: 'none' }, []],
    ['kubernetes', { DEMO_CLOUD: '0' }, []],
    ['local', { DEMO_FLAGD: '1' }, [/^DEMO_FLAGD is "1": local mode has no flagd; /]],
    ['docker', { DEMO_FLAGD: '1' }, []],
    ['kubernetes', { DEMO_FLAGD: '1' }, []],
    ['kubernetes', { COLLECTOR_OVERLAY: 'redaction' }, [/^COLLECTOR_OVERLAY is "redaction": only Docker mode uses it; /]],
  ])('in %s mode with %o', (mode, env, sentences) => {
    const script = `. scripts/settings.sh; load_settings .env; invalid_settings ${mode}`;
    const output = execFileSync('bash', ['--norc', '-c', script], {
      cwd: root,
      encoding: 'utf8',
      env: { PATH: process.env.PATH, ...env },
    });
    const lines = output.split('\n').filter((line) => line !== '');
    expect(lines).toHaveLength(sentences.length);
    for (const [index, sentence] of sentences.entries()) expect(lines[index]).toMatch(sentence);
  });
});

test.each([
  [{ COMPOSE_PROJECT_NAME: 'shop', COMPOSE_FILE: '/shop.yml' }, ''],
  [{ COMPOSE_PROJECT_NAME: 'shop', CHAOS_PROJECT: 'chaos-1' }, 'chaos-1'],
  [{ COMPOSE_FILE: '/shop.yml', DEMO_FLAGD: '1' }, 'docker-compose.yml:docker-compose.flagd.yml'],
])('the variables of Compose are those of the demo, not those of another project: %o', (env, expected) => {
  const script = '. docker/engine.sh; echo $COMPOSE_PROJECT_NAME$COMPOSE_FILE';
  const output = execFileSync('bash', ['--norc', '-c', script], {
    cwd: root,
    encoding: 'utf8',
    env: { PATH: process.env.PATH, ...env },
  });
  expect(output.trim()).toBe(expected);
});
