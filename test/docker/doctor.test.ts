// make doctor: silent about a healthy stack in containers, and the first broken hop of one that is not.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, onTestFinished, test } from 'vitest';
import { compose, docker, fault, root } from './stack.ts';

const directory = mkdtempSync(join(tmpdir(), 'doctor-'));
afterAll(() => rmSync(directory, { recursive: true }));

function diagnose(env: Record<string, string> = {}): { status: number | null; output: string } {
  const options = { cwd: root, encoding: 'utf8', env: { ...process.env, MODE: 'docker', ...env } } as const;
  const { status, stdout, stderr } = spawnSync('doctor/doctor.sh', options);
  return { status, output: stdout + stderr };
}

/** Starts a service anew with other settings, beside those of docker-compose.yml. */
function change(service: string, settings: object): void {
  const file = join(directory, 'change.json');
  writeFileSync(file, JSON.stringify({ services: { [service]: settings } }));
  compose('--file', 'docker-compose.yml', '--file', file, 'up', '--detach', '--no-deps', '--wait', service);
}

const restore = (service: string) => () => compose('up', '--detach', '--no-deps', '--wait', service);
const stopped = (service: string) => ({
  what: `${service} is stopped`,
  hop: service,
  repair: /make up/,
  breakIt: () => compose('stop', service),
  mend: restore(service),
});
const changed = (service: string, settings: object) => ({ breakIt: () => change(service, settings), mend: restore(service) });
/** Laid over collector.yaml. */
const exporter = (name: string, endpoint: string) => ({
  command: ['--config=/etc/collector/collector.yaml', `--config=yaml:exporters::${name}::endpoint: ${endpoint}`],
});

const frontendImage = () =>
  compose('config', '--images', 'frontend')
    .trim()
    .split('\n')
    .find((name) => name.includes('frontend')) as string;

interface Case {
  what: string;
  hop: string;
  repair: RegExp;
  breakIt?: () => unknown;
  env?: Record<string, string>;
  mend?: () => unknown;
}

const cases: Case[] = [
  { what: 'no engine answers', hop: 'Docker engine', repair: /start Docker/, env: { DOCKER_HOST: 'unix:///nowhere.sock' } },
  {
    what: 'an image is missing',
    hop: 'images',
    repair: /make up/,
    breakIt: () => {
      docker('tag', frontendImage(), 'kept-by-doctor-test');
      docker('image', 'rm', '--force', frontendImage()); // its name alone: the container runs on
    },
    mend: () => {
      docker('tag', 'kept-by-doctor-test', frontendImage());
      docker('image', 'rm', 'kept-by-doctor-test');
    },
  },
  ...['postgres', 'tempo', 'loki', 'backend', 'grafana'].map(stopped),
  {
    what: 'the Collector is paused',
    hop: 'collector',
    repair: /make fault NAME=off/,
    breakIt: () => fault('slow-collector'),
    mend: () => fault('off'),
  },
  {
    what: 'a fault was forgotten',
    hop: 'faults',
    repair: /make fault NAME=off/,
    breakIt: () => fault('clock-skew'),
    mend: () => fault('off'),
  },
  {
    what: 'the Collector sends spans to nobody',
    hop: 'a span: Collector to Tempo',
    repair: /collector\.yaml/,
    ...changed('collector', exporter('otlp_grpc', 'tempo:9')),
  },
  {
    what: 'the Collector sends log records to nobody',
    hop: 'a log record: Collector to Loki',
    repair: /collector\.yaml/,
    ...changed('collector', exporter('otlp_http', 'http://loki:9/otlp')),
  },
  {
    what: 'the backend cannot reach PostgreSQL',
    hop: 'a write: frontend to backend to PostgreSQL',
    repair: /make logs/,
    ...changed('backend', { environment: { PGHOST: 'nowhere' } }),
  },
  {
    what: 'the frontend sends to nobody',
    hop: 'its spans: frontend to Tempo',
    repair: /OTEL_EXPORTER_OTLP_ENDPOINT/,
    ...changed('frontend', { environment: { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:9' } }),
  },
  {
    what: 'the backend ignores traceparent',
    hop: 'its trace is one: traceparent from frontend to backend',
    repair: /OTEL_PROPAGATORS/,
    ...changed('backend', { environment: { OTEL_PROPAGATORS: 'b3' } }),
  },
  {
    what: 'the backend logs errors alone',
    hop: 'its log lines: backend to Loki',
    repair: /LOG_LEVEL/,
    ...changed('backend', { environment: { LOG_LEVEL: 'error' } }),
  },
];

test('a healthy stack has no complaint', () => {
  const { status, output } = diagnose();
  expect(output).not.toContain('BROKEN');
  expect(output).toMatch(/healthy: (\d+) of \1 checks passed\n$/);
  expect(status).toBe(0);
});

test.each(cases)('$what: $hop', { timeout: 120_000 }, ({ hop, repair, breakIt, env, mend }) => {
  onTestFinished(() => void mend?.(), 60_000);
  breakIt?.();
  const { status, output } = diagnose(env);
  expect(output).toContain(`  BROKEN  ${hop}\n`);
  expect(output).toMatch(new RegExp(`repair: .*${repair.source}`));
  expect(status).toBe(1);
});
