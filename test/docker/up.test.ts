// What make up MODE=docker does to the stack that runs, and what it refuses.
import { chmodSync, cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { runCommand } from '../support/service.ts';
import { compose, root } from './stack.ts';

const stranger = 'http://127.0.0.1:9'; // discard, where nobody listens
const timeout = 300_000;

async function make(
  command: string,
  env: Record<string, string> = {},
  cwd = root,
): Promise<{ code: number | null; output: string }> {
  const { ended, output } = runCommand('make', [command, 'MODE=docker'], env, cwd);
  const { code } = await ended;
  return { code, output: output() };
}

test('what a shell exports for other projects changes no container', { timeout }, async () => {
  const before = compose('ps', '--quiet');
  const { code, output } = await make('up', {
    ...{
      PGHOST: 'db.invalid',
      PGPORT: '1',
      PGDATABASE: 'shop',
      PGUSER: 'shop',
      PGPASSWORD: 'secret',
      POSTGRES_PASSWORD: 'secret',
    },
    ...{ OTEL_SDK_DISABLED: 'true', OTEL_TRACES_SAMPLER: 'always_off', OTEL_RESOURCE_ATTRIBUTES: 'service.name=shop' },
    ...{ HOST: 'x86_64-conda-linux-gnu', LOG_LEVEL: 'silent', MAX_IN_FLIGHT: '0', BACKEND_TIMEOUT_MS: '1' },
    ...{ http_proxy: stranger, HTTP_PROXY: stranger, https_proxy: stranger, ALL_PROXY: stranger, NO_PROXY: 'example.com' },
    ...{ COMPOSE_FILE: '/missing', COMPOSE_PROJECT_NAME: 'shop', COMPOSE_PROGRESS: 'json', DOCKER_BUILDKIT: '0' },
    ...{ CDPATH: tmpdir(), TMPDIR: '/missing', POSIXLY_CORRECT: '1', 'BASH_FUNC_curl%%': '() { return 1; }' },
  });
  expect(output).toMatch(/first complete trace +[\d.]+ s/);
  expect(code).toBe(0);
  expect(compose('ps', '--quiet')).toBe(before);
});

test('a database that refuses the backend is no success', { timeout }, async () => {
  onTestFinished(() => setPassword(process.env.BACKEND_PASSWORD ?? ''));
  setPassword('another');
  compose('restart', 'backend');
  const { code, output } = await make('up');
  expect(output).toMatch(/POST http:\S+\/write returned (503|no response): /);
  expect(output).toContain('password authentication failed for user "demo"');
  expect(output).toContain('BACKEND_PASSWORD takes effect only when the database is created');
  expect(code).not.toBe(0);
});

function setPassword(password: string): void {
  compose('exec', '-T', 'postgres', 'psql', '--username=postgres', `--command=ALTER ROLE demo PASSWORD '${password}'`);
}

test('files that the users in the containers cannot read are named', { timeout }, async () => {
  const file = join(root, 'collector/collector.yaml');
  chmodSync(file, 0o600);
  onTestFinished(() => chmodSync(file, 0o644));
  const { code, output } = await make('up');
  expect(output).toMatch(/containers cannot read collector\/collector\.yaml: .*; run chmod -R go\+rX /);
  expect(code).not.toBe(0);
});

test.each(['up', 'status', 'logs', 'down', 'clean'])('make %s refuses the containers of another clone', async (command) => {
  const clone = join(mkdtempSync(join(tmpdir(), 'clone-')), basename(root));
  onTestFinished(() => rmSync(join(clone, '..'), { recursive: true }));
  for (const path of ['Makefile', 'scripts', 'docker', 'collector', 'docker-compose.yml', '.env'])
    cpSync(join(root, path), join(clone, path), { recursive: true });
  const before = compose('ps', '--quiet');
  const { code, output } = await make(command, {}, clone);
  expect(output).toContain(`belong to ${root.replace(/\/$/, '')}: run make down there`);
  expect(code).not.toBe(0);
  expect(compose('ps', '--quiet')).toBe(before);
});
