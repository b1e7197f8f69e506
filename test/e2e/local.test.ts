// The README's commands, word for word, in a place and on ports of their own.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { startTime } from '../../local/alive.ts';
import { isTaken } from '../../telemetry/src/dev/taken-ports.ts';
import { startFakeBackend } from '../support/fake-backend.ts';
import { freePort } from '../support/free-port.ts';
import { listening } from '../support/listening.ts';
import { runCommand } from '../support/service.ts';
import { tamper } from '../support/tamper.ts';
import { until } from '../support/until.ts';

const home = mkdtempSync(join(tmpdir(), 'local mode ')); // with spaces, as people's paths have
const state = join(home, 'state');
const portNames = ['UI_PORT', 'FRONTEND_PORT', 'BACKEND_PORT', 'OTLP_GRPC_PORT', 'PGPORT'];
const env: Record<string, string> = { MODE: 'local', LOCAL_STATE_DIRECTORY: state, SETTLE_SECONDS: '10' };

beforeAll(async () => {
  for (const name of portNames) env[name] = String(await freePort());
});

afterAll(async () => {
  await runCommand('make', ['clean'], env).ended;
  rmSync(home, { recursive: true });
});

interface Outcome {
  code: number;
  output: string;
}

async function command(file: string, args: string[], extra: Record<string, string> = {}): Promise<Outcome> {
  const { output, ended } = start(file, args, extra);
  const { code } = await ended;
  return { code: code ?? 1, output: output() };
}

/** Interrupts the command where its test fails before it ends: it holds the lock that make clean needs. */
function start(file: string, args: string[], extra: Record<string, string> = {}): ReturnType<typeof runCommand> {
  const running = runCommand(file, args, { ...env, ...extra });
  onTestFinished(async () => {
    if (running.process.exitCode === null && running.process.signalCode === null) interrupt(running);
    await running.ended;
  });
  return running;
}

/** As Ctrl-C does. */
function interrupt({ process: { pid } }: ReturnType<typeof runCommand>): void {
  process.kill(-(pid as number), 'SIGINT');
}

const make = (target: string, extra?: Record<string, string>) => command('make', [target], extra);
const prove = (writes: number, extra?: Record<string, string>) => command('./test.sh', [String(writes)], extra);

function kill9(part: string): void {
  process.kill(JSON.parse(readFileSync(join(state, `${part}.json`), 'utf8')).pid, 'SIGKILL');
}

async function takenPorts(): Promise<string[]> {
  const answers = await Promise.all(portNames.map((name) => isTaken(Number(env[name]))));
  return portNames.filter((_, place) => answers[place]);
}

test('a taken port is a sentence that names the port, who holds it and the variable; nothing is started', async () => {
  const fake = await startFakeBackend(() => {}, Number(env.BACKEND_PORT));
  const { code, output } = await make('up');
  expect(code).not.toBe(0);
  expect(output).toMatch(new RegExp(`port ${env.BACKEND_PORT} is taken by .*${process.pid}.*; BACKEND_PORT=\\d+ make up`));
  expect(output).not.toMatch(/\n\s+at /);
  expect(await takenPorts()).toEqual(['BACKEND_PORT']);
  fake.stop();
});

test('make up returns when a first whole trace is there, and says what to open', async () => {
  const { code, output } = await make('up');
  expect(output).toMatch(/first trace +[\d.]+ s/);
  expect(output).toContain(`http://localhost:${env.UI_PORT}`);
  expect(code).toBe(0);
  expect(await takenPorts()).toEqual(portNames);
});

test.skipIf(process.platform !== 'linux')('every process listens on this machine alone, and on its own ports', () => {
  const ports = { postgres: 'PGPORT', viewer: 'UI_PORT', backend: 'BACKEND_PORT', frontend: 'FRONTEND_PORT' };
  for (const [part, port] of Object.entries(ports)) {
    const { pid } = JSON.parse(readFileSync(join(state, `${part}.json`), 'utf8'));
    const places = listening(pid);
    expect(places.filter((place) => !/^(127\.0\.0\.1|::1):/.test(place))).toEqual([]);
    const own = [env[port], part === 'viewer' ? env.OTLP_GRPC_PORT : undefined].filter(Boolean);
    expect(new Set(places.map((place) => place.split(':').at(-1)))).toEqual(new Set(own));
  }
});

test('a second make up changes nothing, and says so', async () => {
  const notes = () =>
    ['postgres', 'viewer', 'backend', 'frontend'].map((part) => readFileSync(join(state, `${part}.json`), 'utf8'));
  const before = notes();
  const { code, output } = await make('up');
  expect(output).toContain('running already');
  expect(code).toBe(0);
  expect(notes()).toEqual(before);
});

test('make up with other settings starts what runs anew', async () => {
  const { output, code } = await make('up', { EMIT_INTERVAL_MS: '1234' });
  expect(output).toContain('the settings have changed: starting anew');
  expect(code).toBe(0);
  env.EMIT_INTERVAL_MS = '1234';
});

test('two parts on one port are refused before anything is touched', async () => {
  const { output, code } = await make('up', { FRONTEND_PORT: env.BACKEND_PORT as string });
  expect(output).toContain(`FRONTEND_PORT and BACKEND_PORT are both ${env.BACKEND_PORT}`);
  expect(code).not.toBe(0);
  expect(await takenPorts()).toEqual(portNames);
});

test('two make up at a time: the second is refused', async () => {
  writeFileSync(`${state}.lock`, `${process.pid} ${startTime(process.pid)}`);
  const { output, code } = await make('up');
  writeFileSync(`${state}.lock`, `${process.pid} long ago`); // its holder is gone: taken over
  expect((await make('up')).code).toBe(0);
  expect(existsSync(`${state}.lock`)).toBe(false);
  expect(output).toContain(`another make up, down or clean is at work (process ${process.pid})`);
  expect(code).not.toBe(0);
});

test('make status shows each part, and make logs what they say', async () => {
  const { code, output } = await make('status');
  expect(output.match(/running/g)).toHaveLength(4);
  expect(code).toBe(0);
  expect((await make('logs')).output).toMatch(/POST \/numbers 201/);
});

describe('./test.sh', () => {
  test('proves each write: row, trace, log lines', async () => {
    const { code, output } = await prove(60);
    expect(output).toMatch(/\n180 passed, 0 failed\n$/);
    expect(code).toBe(0);
  });

  const failures = [
    {
      when: 'a row is missing',
      broken: { FRONTEND_PORT: (rows: any[]) => rows.filter((_, place) => place % 2 === 1) }, // the newest may be a periodic one
      names: /row \d+: is missing; trace [0-9a-f]{32} wrote it/,
    },
    {
      when: 'a row is there twice',
      broken: { FRONTEND_PORT: (rows: any[]) => rows.flatMap((row) => [row, row]) },
      names: /row \d+: is there 2 times/,
    },
    {
      when: 'the trace is broken between the services',
      broken: {
        UI_PORT: ({ traces }: any) => ({
          traces: traces?.map((trace: any) => ({
            ...trace,
            spans: trace.spans.map((span: any) => ({
              ...span,
              parentSpanId: span.name === 'POST /numbers' ? null : span.parentSpanId,
            })),
          })),
        }),
      },
      names: /trace [0-9a-f]{32}: the span POST \/numbers of backend is not the child of POST/,
    },
    {
      when: 'a span is missing',
      broken: {
        UI_PORT: ({ traces }: any) => ({
          traces: traces?.map((trace: any) => ({
            ...trace,
            spans: trace.spans.filter(({ name }: any) => name !== 'INSERT numbers'),
          })),
        }),
      },
      names: /trace [0-9a-f]{32}: the span INSERT numbers \(CLIENT\) of backend is missing/,
    },
    {
      when: 'a log line lacks the trace id',
      broken: {
        UI_PORT: ({ logs, ...rest }: any) => ({
          ...rest,
          logs: logs?.filter(({ resourceName }: any) => resourceName === 'frontend'),
        }),
      },
      names: /trace [0-9a-f]{32}: no log line of backend carries its id/,
    },
  ];

  test.each(failures)('is red when $when, and names what is missing', async ({ broken, names }) => {
    const [[name, change]] = Object.entries(broken) as [[string, (answer: any) => any]];
    const proxy = await tamper(Number(env[name]), change);
    const { code, output } = await prove(3, { [name]: String(proxy.port), SETTLE_SECONDS: '3' });
    proxy.stop();
    expect(output).toMatch(names);
    expect(output).toMatch(/\n\d+ passed, [1-9]\d* failed\n$/);
    expect(code).toBe(1);
  });

  test('is red when nothing runs, and says so in a sentence', async () => {
    const { code, output } = await prove(3, { FRONTEND_PORT: String(await freePort()) });
    expect(output).toMatch(/the frontend does not answer at http:\S+: make up starts it/);
    expect(output).toMatch(/\n0 passed, 1 failed\n$/);
    expect(code).toBe(1);
  });

  test('takes a number of writes, and nothing else', async () => {
    const { code, output } = await command('./test.sh', ['many']);
    expect(output).toContain('takes a number of writes');
    expect(code).toBe(64);
  });
});

test('a crash is seen by make status, ./test.sh is red and says why, and make up starts what is missing', async () => {
  kill9('backend');
  await until('the crash', async () => !(await isTaken(Number(env.BACKEND_PORT))));
  const status = await make('status');
  expect(status.output).toMatch(/backend +crashed/);

  const proof = await prove(3);
  expect(proof.output).toMatch(/write 1: the frontend at http:\S+ answered with 503: the backend is unreachable/);
  expect(proof.output).toMatch(/\n0 passed, 3 failed\n$/);
  expect(proof.code).toBe(1);

  const up = await make('up');
  expect(up.output).toMatch(/backend +[\d.]+ s/);
  expect(up.output).not.toMatch(/frontend +[\d.]+ s/);
  expect((await prove(3)).output).toMatch(/\n9 passed, 0 failed\n$/);
});

test.each(['frontend', 'viewer', 'postgres'])(
  'after a kill -9 of the %s, make down leaves no process and no port; data survive',
  async (part) => {
    const { traceId } = (await (await fetch(`http://localhost:${env.FRONTEND_PORT}/write`, { method: 'POST' })).json()) as {
      traceId: string;
    };
    await until('the trace', async () => (await spanCount(traceId)) === 4);
    kill9(part);
    expect((await make('down')).code).toBe(0);
    expect(await takenPorts()).toEqual([]);

    expect((await make('up')).code).toBe(0);
    const rows = (await (await fetch(`http://localhost:${env.FRONTEND_PORT}/read?limit=1000`)).json()) as { traceId: string }[];
    expect(rows.map((row) => row.traceId)).toContain(traceId);
    expect(await spanCount(traceId)).toBe(4);
  },
);

async function spanCount(traceId: string): Promise<number> {
  const response = await fetch(`http://localhost:${env.UI_PORT}/api/query/traces`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query: `trace_id = "${traceId}"`, limit: 1 }),
  });
  const { traces } = (await response.json()) as { traces: { spans: unknown[] }[] };
  return traces[0]?.spans.length ?? 0;
}

test('Ctrl-C during make up leaves nothing behind', async () => {
  await make('down');
  const up = start('make', ['up']);
  await until('the backend starts', () => up.output().includes('backend'));
  interrupt(up);
  await up.ended;
  await until('the end', async () => (await takenPorts()).length === 0);
});

test('other credentials than the data were made for are refused in a sentence', async () => {
  const { output, code } = await make('up', { PGPASSWORD: 'another' });
  expect(output).toMatch(/the data in .* were made for database demo, .* make clean removes the data/);
  expect(code).not.toBe(0);
});

test('a part that cannot start is named, with the end of its log, and nothing is left behind', async () => {
  await make('down');
  const { code, output } = await make('up', { LOG_LEVEL: 'loud' });
  expect(code).not.toBe(0);
  expect(output).toMatch(/backend ended. The end of its log, .*backend.log:\n(.*\n)*LOG_LEVEL is "loud"; expected/);
  expect(await takenPorts()).toEqual([]);
});

test('make clean removes the data', async () => {
  await make('clean');
  expect(existsSync(state)).toBe(false);
  expect(await takenPorts()).toEqual([]);
  expect((await make('down')).output).toContain('nothing runs in local mode');
});
