// Which cluster `make up MODE=kubernetes` acts on, with a kubectl that only knows contexts and writes down what it is asked.
import { execFile } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
let clone: string; // of its own: a demo that runs has its state beside the scripts

beforeEach(() => {
  clone = mkdtempSync(join(tmpdir(), 'context-'));
  for (const folder of ['kubernetes', 'scripts', 'docker']) cpSync(join(root, folder), join(clone, folder), { recursive: true });
  cpSync(join(root, '.env'), join(clone, '.env'));
  mkdirSync(join(clone, 'bin'));
  script('kubectl', [
    'echo "kubectl $*" >>asked',
    'case "$*" in',
    '  "config current-context") echo "$FAKE_CONTEXT" ;;',
    '  "config view"*) [[ "$*" != *unknown* ]] && printf %s "$FAKE_SERVER" ;;',
    '  *) exit 1 ;;', // there is no cluster
    'esac',
  ]);
  script('docker', ['echo "docker $*" >>asked', 'exit 1']);
  script('hostname', ['echo "192.0.2.7 10.244.0.1"']);
});

afterEach(() => rmSync(clone, { recursive: true }));

test.each([
  ['kind-kind', 'https://127.0.0.1:40123'],
  ['k3d-demo', 'https://0.0.0.0:6550'],
  ['minikube', 'https://192.168.49.2:8443'],
  ['docker-desktop', 'https://kubernetes.docker.internal:6443'],
  ['default', 'https://10.244.0.1:6443'], // one of this machine's own addresses
])('the current context %s at %s is used', async (context, server) => {
  const { output } = await run('up', { FAKE_CONTEXT: context, FAKE_SERVER: server });
  expect(output).toContain(`context ${context} (${server})`);
  expect(asked()).toContain('get --raw /readyz');
});

test.each([
  ['production', 'https://203.0.113.10:6443'],
  ['kind-of-production', 'https://203.0.113.10:6443'], // only the name is that of a local cluster
  ['minikube', 'https://k8s.example.com'],
  ['tunnel', 'https://127.0.0.1:6443'],
  ['tunnel', 'https://[::1]:6443'],
  ['office', 'https://10.0.0.1:6443'], // a private address that is not of this machine
])('the current context %s at %s is refused, and not asked', async (context, server) => {
  for (const command of ['up', 'down', 'clean']) {
    const { status, output } = await run(command, { FAKE_CONTEXT: context, FAKE_SERVER: server });
    expect(status).toBe(1);
    expect(output).toContain(`"${context}" (${server}) does not look like a cluster on this machine`);
    expect(output).toContain(`CONTEXT=${context} make ${command} MODE=kubernetes`);
  }
  expect(asked().filter((line) => !line.startsWith('config'))).toEqual([]);
});

test('CONTEXT names a context that is not local', async () => {
  const { output } = await run('up', { CONTEXT: 'production', FAKE_SERVER: 'https://203.0.113.10' });
  expect(output).toContain('context production (https://203.0.113.10)');
  expect(asked()).toContain('get --raw /readyz');
});

test('a context that does not exist, and none at all, are named', async () => {
  expect((await run('up', { CONTEXT: 'unknown' })).output).toContain('kubectl has no context "unknown"');
  expect((await run('up', { FAKE_CONTEXT: '' })).output).toContain('kubectl has no current context');
});

test('a command acts where the demo was brought up, whatever the current context is now', async () => {
  mkdirSync(join(clone, '.kubernetes'));
  writeFileSync(join(clone, '.kubernetes/context'), 'kind-demo\n');
  writeFileSync(join(clone, '.kubernetes/kustomization.yaml'), '');
  const elsewhere = { FAKE_CONTEXT: 'production', FAKE_SERVER: 'https://127.0.0.1:40123' };
  expect((await run('down', elsewhere)).output).toContain('context kind-demo ');
  expect(asked().filter((line) => line.includes('production'))).toEqual([]);
  const { output } = await run('up', { ...elsewhere, CONTEXT: 'production' });
  expect(output).toContain('the demo runs in the context "kind-demo": run make down first');
});

test('a cluster that does not respond is reported, and nothing is built', async () => {
  const { status, output } = await run('up', { FAKE_CONTEXT: 'kind-kind', FAKE_SERVER: 'https://127.0.0.1:40123' });
  expect(status).toBe(1);
  expect(output).toContain('the cluster at https://127.0.0.1:40123 does not respond');
  expect(asked().filter((line) => line.startsWith('docker'))).toEqual([]);
});

test('an overlay that does not exist is named', async () => {
  const { status, output } = await run('up', { OVERLAY: 'huge' });
  expect(status).toBe(1);
  expect(output).toContain('OVERLAY is "huge": expected base or scale');
});

function script(name: string, lines: string[]): void {
  const path = join(clone, 'bin', name);
  writeFileSync(path, ['#!/usr/bin/env bash', ...lines, ''].join('\n'));
  chmodSync(path, 0o755);
}

/** What kubectl was asked, without --context; what docker was asked, with its name. */
function asked(): string[] {
  const path = join(clone, 'asked');
  if (!existsSync(path)) return [];
  const lines = readFileSync(path, 'utf8').trim().split('\n');
  return lines.map((line) => line.replace(/^kubectl (--context \S+ )?/, '').replace(' --request-timeout 10s', ''));
}

function run(command: string, env: Record<string, string>): Promise<{ status: number; output: string }> {
  const { CONTEXT: _, OVERLAY: __, ...rest } = process.env;
  const options = { cwd: clone, env: { ...rest, PATH: `${clone}/bin:${process.env.PATH}`, ...env } };
  return new Promise((resolve) => {
    execFile('bash', ['kubernetes/run.sh', command], options, (error, stdout, stderr) =>
      resolve({ status: typeof error?.code === 'number' ? error.code : 0, output: stdout + stderr }),
    );
  });
}
