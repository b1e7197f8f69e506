// What README.md says is there, is there; what can be set, it lists.

import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Config as BackendConfig } from '../backend/config.ts';
import { Config as FrontendConfig } from '../frontend/config.ts';
import { startOtlpReceiver } from '../telemetry/test/support/otlp-receiver.ts';
import { freePort } from './support/free-port.ts';
import { root } from './support/service.ts';
import { until } from './support/until.ts';

const readme = readFileSync(join(root, 'README.md'), 'utf8');
const dotEnv = readFileSync(join(root, '.env'), 'utf8');

test('each link to a file leads somewhere', () => {
  const links = [...readme.matchAll(/\]\((?!https?:|#)([^)]+)\)/g)].map(([, path]) => path as string);
  expect(links.length).toBeGreaterThan(10);
  expect(links.filter((path) => !existsSync(join(root, path)))).toEqual([]);
});

test('each make target is explained by make, and each that is named exists', () => {
  const listed = [...execFileSync('make', ['help', 'MODE=local'], { cwd: root, encoding: 'utf8' }).matchAll(/make (\w+) /g)].map(
    ([, name]) => name,
  );
  const named = [...readme.matchAll(/`make (\w+)`/g)].map(([, name]) => name);
  expect(named.length).toBeGreaterThan(5);
  expect(named.filter((name) => !listed.includes(name))).toEqual([]);
});

test('each setting of a service is in its table with its default, or in .env', () => {
  for (const [name, schema] of Object.entries({ ...FrontendConfig.properties, ...BackendConfig.properties })) {
    if (new RegExp(`^${name}=`, 'm').test(dotEnv)) continue;
    const row = readme.split('\n').find((line) => line.startsWith('| `') && line.split(' | ')[0]?.includes(`\`${name}\``));
    expect(row, name).toBeDefined();
    if ('default' in schema) expect(row).toContain(`\`${schema.default}\``);
  }
});

test('containers and local mode run the same Node.js', () => {
  const { dependencies } = JSON.parse(readFileSync(join(root, 'local/package.json'), 'utf8'));
  expect(readFileSync(join(root, 'Dockerfile'), 'utf8')).toContain(`FROM node:${dependencies.node}-slim`);
});

test('npm run backend and npm run frontend, in two terminals, give whole traces', async () => {
  const state = mkdtempSync(join(tmpdir(), 'two terminals '));
  const receiver = await startOtlpReceiver();
  const env: NodeJS.ProcessEnv = {
    PATH: process.env.PATH,
    HOME: process.env.HOME,
    MODE: 'local',
    LOCAL_STATE_DIRECTORY: state,
    OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint,
    EMIT_INTERVAL_MS: '100',
  };
  for (const name of ['UI_PORT', 'FRONTEND_PORT', 'BACKEND_PORT', 'OTLP_GRPC_PORT', 'PGPORT'])
    env[name] = String(await freePort());
  let output = '';
  const terminals = ['frontend', 'backend'].map((name) => {
    const terminal = spawn('npm', ['run', name], { cwd: root, env, detached: true });
    terminal.stdout.on('data', (chunk) => (output += chunk));
    terminal.stderr.on('data', (chunk) => (output += chunk));
    return terminal;
  });

  const emitted = await until('a whole trace', () =>
    receiver.spans.find(({ name, traceId }) => name === 'emit number' && receiver.spansOf(traceId).length === 4),
  );
  expect(new Set(receiver.spansOf(emitted.traceId).map(({ service }) => service))).toEqual(new Set(['frontend', 'backend']));
  expect(output.match(/cannot emit a number/g) ?? []).toHaveLength(output.includes('the backend is back') ? 1 : 0);

  for (const terminal of terminals) {
    const ended = new Promise((resolve) => terminal.once('exit', resolve));
    process.kill(-(terminal.pid as number), 'SIGINT'); // as Ctrl-C does
    await ended;
  }
  execFileSync('make', ['clean'], { cwd: root, env });
  await receiver.stop();
  rmSync(state, { recursive: true, force: true });
});
