// What shells export for other projects disturbs no command of local mode, and the demo touches nothing that it did not start.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { freePort } from '../support/free-port.ts';
import { runCommand } from '../support/service.ts';

const home = mkdtempSync(join(tmpdir(), 'a-shell-'));
const state = join(home, 'state');
const strangerPort = await freePort();
const stranger = `http://127.0.0.1:${strangerPort}`;
const missing = join(home, 'missing');

/** Who sets them, or what for. All at once: a run that fails is bisected by hand. */
const exported: Record<string, Record<string, string>> = {
  'another PostgreSQL': {
    PGHOST: '127.0.0.1',
    PGPORT: String(strangerPort),
    PGDATABASE: 'shop',
    PGUSER: 'shop',
    PGPASSWORD: 'secret',
    PGSSLMODE: 'require',
    PGSERVICE: 'shop',
    PGOPTIONS: '--search_path=shop',
    PGDATA: missing,
    DATABASE_URL: `postgres://shop:secret@127.0.0.1:${strangerPort}/shop`,
    POSTGRES_PASSWORD: 'secret',
  },
  'another OpenTelemetry': {
    OTEL_SERVICE_NAME: 'shop',
    OTEL_EXPORTER_OTLP_ENDPOINT: stranger,
    OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: stranger,
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf',
    OTEL_SDK_DISABLED: 'true',
    OTEL_TRACES_SAMPLER: 'always_off',
    OTEL_LOGS_EXPORTER: 'none',
    OTEL_PROPAGATORS: 'b3',
    OTEL_RESOURCE_ATTRIBUTES: 'service.name=shop',
  },
  'another service': {
    HOST: 'x86_64-conda-linux-gnu', // conda
    PORT: '80',
    MODE: 'development', // Vite
    LOG_LEVEL: 'silent',
    BACKEND_URL: stranger,
    VIEWER_URL: stranger,
    TEMPO_URL: stranger,
    MAX_IN_FLIGHT: '0',
    POOL_SIZE: 'large',
  },
  'a proxy': {
    HTTP_PROXY: stranger,
    http_proxy: stranger,
    HTTPS_PROXY: stranger,
    https_proxy: stranger,
    ALL_PROXY: stranger,
    grpc_proxy: stranger,
    NO_PROXY: 'example.com',
    NODE_USE_ENV_PROXY: '1',
  },
  'Node.js and npm': {
    NODE_OPTIONS: `--require ${missing}.cjs`,
    NODE_ENV: 'production',
    NODE_PATH: missing,
    npm_config_workspace: 'shop',
    npm_config_omit: 'optional',
    FORCE_COLOR: '3',
  },
  'Docker and Compose': {
    COMPOSE_FILE: missing,
    COMPOSE_PROJECT_NAME: 'shop',
    DOCKER_HOST: `unix://${missing}`,
  },
  'bash and its tools': {
    BASH_ENV: join(home, 'bash-env'),
    ENV: join(home, 'bash-env'),
    'BASH_FUNC_curl%%': '() { return 1; }',
    'BASH_FUNC_cd%%': '() { return 1; }',
    CDPATH: home,
    POSIXLY_CORRECT: '1',
    GREP_OPTIONS: '--invert-match',
    LC_ALL: 'tr_TR.UTF-8',
    LANG: 'de_DE.UTF-8',
    CURL_HOME: home,
    TMPDIR: missing,
    HOME: '/proc', // nothing can be written there
  },
};

const reached: string[] = [];
const sockets = new Set<Socket>();
const server = createServer((socket) => {
  reached.push(`port ${socket.remotePort}`);
  sockets.add(socket);
  socket.on('error', () => {});
});

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(strangerPort, '127.0.0.1', resolve));
  for (const folder of ['scripts', 'local', 'docker']) mkdirSync(join(home, folder)); // where CDPATH leads
  writeFileSync(join(home, '.curlrc'), `proxy = ${stranger}\ninclude\n`);
  writeFileSync(join(home, 'bash-env'), 'shopt -s expand_aliases\nalias jq=false\njq() { return 1; }\nset -u\n');
});

afterAll(async () => {
  await runCommand('make', ['clean', 'MODE=local'], { LOCAL_STATE_DIRECTORY: state }).ended;
  for (const socket of sockets) socket.destroy();
  server.close();
  rmSync(home, { recursive: true });
});

test('make up works with all of these exported, under umask 077, and reaches nothing that they name', async () => {
  const env: Record<string, string> = Object.assign(
    { LOCAL_STATE_DIRECTORY: state, SETTLE_SECONDS: '20' },
    ...Object.values(exported),
  );
  for (const name of ['UI_PORT', 'FRONTEND_PORT', 'BACKEND_PORT', 'OTLP_GRPC_PORT', 'POSTGRES_PORT'])
    env[name] = String(await freePort());

  async function run(command: string): Promise<string> {
    const { ended, output } = runCommand('bash', ['-pc', `umask 077; ${command}`], env);
    const { code } = await ended;
    expect(code, output()).toBe(0);
    return output();
  }

  expect(await run('make up MODE=local')).toMatch(/first complete trace +[\d.]+ s/);
  expect((await run('make status')).match(/running/g)).toHaveLength(4);
  expect(await run('./test.sh 20')).toMatch(/\n60 passed, 0 failed\n$/);
  expect(await run('make logs')).toMatch(/POST \/numbers 201/);
  expect((await run('make down')).match(/stopped/g)).toHaveLength(4);
  expect(reached).toEqual([]);
});
