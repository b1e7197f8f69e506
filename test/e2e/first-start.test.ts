// What `make up` does on a machine that lacks something: a sentence with the way out, before anything is installed or started. And, with
// stand-ins for Docker and the stack, what it does with tail sampling.
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { startFakeBackend } from '../support/fake-backend.ts';
import { freePort } from '../support/free-port.ts';
import { root, runCommand } from '../support/service.ts';

const home = mkdtempSync(join(tmpdir(), 'first start '));
const clone = join(home, 'clone');

/** As `git clone` gives it: without node_modules. */
beforeAll(() => {
  const files = execFileSync('git', ['ls-files', '-z'], { cwd: root, encoding: 'utf8' }).split('\0');
  for (const file of files.filter((name) => name && existsSync(join(root, name)))) {
    mkdirSync(dirname(join(clone, file)), { recursive: true });
    cpSync(join(root, file), join(clone, file));
  }
});

afterAll(() => rmSync(home, { recursive: true }));

/** A program that comes before the machine's own in PATH. */
function pathWith(name: string, script: string): string {
  const folder = mkdtempSync(join(home, 'bin-'));
  writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`);
  chmodSync(join(folder, name), 0o755);
  return `${folder}:${process.env.PATH}`;
}

async function make(args: string[], env: Record<string, string>): Promise<{ code: number | null; output: string }> {
  const { ended, output } = runCommand('make', args, env, clone);
  const { code } = await ended;
  return { code, output: output() };
}

test('without a network and with an empty npm cache, make up ends with a sentence', async () => {
  const registry = `http://127.0.0.1:${await freePort()}/`;
  const env = { npm_config_registry: registry, npm_config_cache: join(home, 'npm-cache') };
  const { code, output } = await make(['up', 'MODE=local'], env);
  expect(output).toContain(`cannot reach the npm registry ${registry} (`);
  expect(output).toContain("npm's cache does not hold all packages: connect to the network");
  expect(code).not.toBe(0);
}, 60_000); // the promise: within a minute

test('a Docker engine that refuses this user is reported, and nothing is installed', async () => {
  const PATH = pathWith('docker', 'echo "permission denied while trying to connect to the Docker daemon socket" >&2; exit 1');
  const { code, output } = await make(['up'], { PATH });
  expect(output).toContain('Docker is installed, but you may not use it (permission denied)');
  expect(output).toContain('or run make up MODE=local');
  expect(output).not.toContain('npm');
  expect(code).not.toBe(0);
});

test('with MODE=docker, an engine that does not answer is reported, and local mode is not started instead', async () => {
  const PATH = pathWith('docker', 'echo "Cannot connect to the Docker daemon" >&2; exit 1');
  const { code, output } = await make(['up', 'MODE=docker'], { PATH });
  expect(output).toMatch(/^no Docker engine answers\n/);
  expect(code).not.toBe(0);
});

test('a disk that is too full for the packages is reported', async () => {
  const PATH = pathWith(
    'df',
    'echo "Filesystem 1024-blocks Used Available Capacity Mounted on"; echo "disk 1000 900 102400 90% /"',
  );
  const { code, output } = await make(['up', 'MODE=local'], { PATH });
  expect(output).toContain('the disk has 100 MB left, and the npm packages with their data need');
  expect(code).not.toBe(0);
});

test('packages that are incomplete are no success', async () => {
  mkdirSync(join(clone, 'node_modules'));
  writeFileSync(join(clone, 'node_modules/.package-lock.json'), ''); // as if npm had installed them
  const { code, output } = await make(['up', 'MODE=local'], {});
  rmSync(join(clone, 'node_modules'), { recursive: true });
  expect(output).toContain('the packages in node_modules/ are incomplete: remove that folder, and run make up again');
  expect(code).not.toBe(0);
});

test('with tail sampling, make up and ./test.sh do not wait for traces, and print that', async () => {
  const rows: { id: number; value: number; traceId: string }[] = [];
  const answers: Record<string, (body: string) => unknown> = {
    '/write': () => rows[rows.push({ id: rows.length + 1, value: 7, traceId: randomBytes(16).toString('hex') }) - 1],
    '/read': () => rows,
    '/trace/logs': () => [{ service: 'frontend' }, { service: 'backend' }],
    '/loki/api/v1/query_range': (body) => {
      const ids = decodeURIComponent(body).match(/\b[0-9a-f]{32}\b/g) ?? [];
      const services = ['frontend', 'backend'].flatMap((service) => ids.map((id) => ({ trace_id: id, service_name: service })));
      return { data: { result: services.map((stream) => ({ stream })) } };
    },
  };
  const stack = ['FRONTEND_PORT', 'OTLP_HTTP_PORT', 'TEMPO_PORT', 'LOKI_PORT', 'PROMETHEUS_PORT']; // each responds to all paths
  const env: Record<string, string> = { LOCAL_STATE_DIRECTORY: mkdtempSync(join(home, 'state-')) };
  for (const name of ['UI_PORT', 'BACKEND_PORT', 'POSTGRES_PORT', 'OTLP_GRPC_PORT']) env[name] = String(await freePort());
  for (const name of stack) {
    const { port, stop } = await startFakeBackend(async (request, response) => {
      const path = (request.url ?? '').split('?')[0]?.replace(/\/[0-9a-f]{32}/, '') ?? '';
      const answer = answers[path]?.(await text(request)) ?? {};
      response.writeHead(path === '/write' ? 201 : 200, { 'trace-complete': 'false' }).end(JSON.stringify(answer));
    });
    onTestFinished(stop);
    env[name] = port;
  }
  const containers = JSON.stringify({
    State: 'running',
    Health: 'healthy',
    Publishers: stack.map((name) => ({ PublishedPort: Number(env[name]) })),
  });
  const PATH = pathWith(
    'docker',
    `case "$*" in
      version*) echo "1.51 29.0.0" ;;
      "compose config --format json") echo '{"name":"clone"}' ;;
      "compose ps"*json*) echo '${containers}' ;;
    esac`,
  );

  const up = await make(['up', 'MODE=docker'], { ...env, COLLECTOR_OVERLAY: 'tail-sampling', PATH });
  expect(up.output).toMatch(/first write +[\d.]+ s\n {2}tail sampling stores one healthy trace in ten: /);
  expect(up.code).toBe(0);

  const verify = async (extra: Record<string, string>) => {
    const { LOCAL_STATE_DIRECTORY = '' } = env; // which has the ports and the overlay
    const { ended, output } = runCommand('./test.sh', ['3'], { LOCAL_STATE_DIRECTORY, ...extra }, clone);
    const { code } = await ended;
    return { code, output: output() };
  };
  const sampled = await verify({});
  expect(sampled.output).toMatch(/-- {2}each write is one complete trace +cannot be verified with tail sampling\n/);
  expect(sampled.output).toMatch(/\n6 passed, 0 failed\n$/);
  expect(sampled.code).toBe(0);

  const record = `${env.LOCAL_STATE_DIRECTORY}/last-up`;
  writeFileSync(record, readFileSync(record, 'utf8').replace('=tail-sampling', '=none'));
  const unsampled = await verify({ COLLECTOR_OVERLAY: 'tail-sampling', SETTLE_SECONDS: '0' }); // for the next make up
  expect(unsampled.output).toMatch(
    /NO {2}the span metrics count each write +0 of 3\n {6}write 1: the span metrics count 0 of 3 writes\n\n/,
  );
  expect(unsampled.output).toMatch(/\n6 passed, 9 failed\n$/);
});

test('before make up, the other commands say that nothing runs', async () => {
  const PATH = pathWith('docker', 'echo "Cannot connect to the Docker daemon" >&2; exit 1');
  for (const command of ['status', 'logs', 'down']) {
    expect(await make([command], { PATH })).toEqual({ code: 0, output: 'the demo is not running: make up starts it\n' });
  }
  expect((await make(['clean'], { PATH })).output).toBe('there is no data to remove\n');
});

test('a checkout with core.autocrlf=true has scripts that run', () => {
  execFileSync('git', ['clone', '--quiet', '--config', 'core.autocrlf=true', root, join(home, 'windows')], { stdio: 'pipe' });
  const endings = execFileSync('git', ['ls-files', '--eol'], { cwd: join(home, 'windows'), encoding: 'utf8' });
  expect(endings.split('\n').filter((line) => /w\/(crlf|mixed)/.test(line))).toEqual([]);
});
