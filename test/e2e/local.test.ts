// The commands of README.md in local mode, with data and ports of their own.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { isTaken } from '../../telemetry/src/dev/taken-ports.ts';
import { startFakeBackend } from '../support/fake-backend.ts';
import { freePort } from '../support/free-port.ts';
import { listeningAddresses } from '../support/listening-addresses.ts';
import { runCommand } from '../support/service.ts';
import { startTamperingProxy } from '../support/tampering-proxy.ts';
import { until } from '../support/until.ts';

const home = mkdtempSync(join(tmpdir(), 'local mode ')); // with spaces, as people's paths have
const state = join(home, 'state');
const portNames = ['UI_PORT', 'FRONTEND_PORT', 'BACKEND_PORT', 'OTLP_GRPC_PORT', 'POSTGRES_PORT'];
/** What `make up` is given. The other commands find it by themselves. */
const given: Record<string, string> = { MODE: 'local' };
const env: Record<string, string> = { LOCAL_STATE_DIRECTORY: state, SETTLE_SECONDS: '10' };

beforeAll(async () => {
  for (const name of portNames) given[name] = String(await freePort());
});

afterAll(async () => {
  await runCommand('make', ['clean'], { ...env, MODE: 'local' }).ended;
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

const up = (extra?: Record<string, string>) => command('make', ['up'], { ...given, ...extra });
const make = (target: string, extra?: Record<string, string>) => command('make', [target], extra);
const verify = (writes: number, extra?: Record<string, string>) => command('./test.sh', [String(writes)], extra);

function kill9(component: string): void {
  process.kill(JSON.parse(readFileSync(join(state, `${component}.json`), 'utf8')).pid, 'SIGKILL');
}

async function takenPorts(): Promise<string[]> {
  const answers = await Promise.all(portNames.map((name) => isTaken(Number(given[name]))));
  return portNames.filter((_, place) => answers[place]);
}

test('a taken port is a sentence that names the port, who holds it and the variable; nothing is started', async () => {
  const fake = await startFakeBackend(() => {}, Number(given.BACKEND_PORT));
  const { code, output } = await up();
  expect(code).not.toBe(0);
  expect(output).toMatch(new RegExp(`port ${given.BACKEND_PORT} is in use by .*${process.pid}.*BACKEND_PORT=\\d+ make up`));
  expect(output).not.toMatch(/\n\s+at /);
  expect(await takenPorts()).toEqual(['BACKEND_PORT']);
  fake.stop();
});

test('a process that takes the port of a component while that starts is not accepted in its place', async () => {
  const stranger = await startFakeBackend((_request, response) => void response.end(), Number(given.BACKEND_PORT));
  const script = `
    import { startComponent } from './local/start-component.ts';
    import { stop } from './local/process.ts';
    const command = () => ({ file: 'sleep', args: ['600'] });
    const component = { name: 'backend', ports: ['BACKEND_PORT'], command, check: async () => {} };
    await startComponent(component, new AbortController().signal, 60_000).catch(({ message }) => console.log(message));
    await stop('backend');`;
  const { output } = await command('node', ['--env-file=.env', '--input-type=module', '--eval', script], given);
  stranger.stop();
  expect(output).toMatch(new RegExp(`^port ${given.BACKEND_PORT} is in use by .*process ${process.pid}`));
});

test('make up returns after the first complete trace, and prints the addresses', async () => {
  const { code, output } = await up();
  expect(output).toMatch(/first complete trace +[\d.]+ s/);
  expect(output).toContain(`http://localhost:${given.UI_PORT}`);
  expect(output).not.toContain('Docker');
  expect(code).toBe(0);
  expect(await takenPorts()).toEqual(portNames);
});

test.skipIf(process.platform !== 'linux')('every process listens on this machine alone, and on its own ports', () => {
  const ports = { postgres: 'POSTGRES_PORT', viewer: 'UI_PORT', backend: 'BACKEND_PORT', frontend: 'FRONTEND_PORT' };
  for (const [name, port] of Object.entries(ports)) {
    const { pid } = JSON.parse(readFileSync(join(state, `${name}.json`), 'utf8'));
    const places = listeningAddresses(pid);
    expect(places.filter((place) => !/^(127\.0\.0\.1|::1):/.test(place))).toEqual([]);
    const own = [given[port], name === 'viewer' ? given.OTLP_GRPC_PORT : undefined].filter(Boolean);
    expect(new Set(places.map((place) => place.split(':').at(-1)))).toEqual(new Set(own));
  }
});

test('a second make up changes nothing and reports that', async () => {
  const notes = () =>
    ['postgres', 'viewer', 'backend', 'frontend'].map((name) => readFileSync(join(state, `${name}.json`), 'utf8'));
  const before = notes();
  const { code, output } = await up();
  expect(output).toContain('already running');
  expect(code).toBe(0);
  expect(notes()).toEqual(before);
});

test('make up with other settings restarts what is running', async () => {
  const { output, code } = await up({ EMIT_INTERVAL_MS: '1234' });
  expect(output).toContain('the settings have changed: restarting');
  expect(code).toBe(0);
  given.EMIT_INTERVAL_MS = '1234';
});

test('invalid settings are reported together, before anything is touched', async () => {
  const { output, code } = await up({ UI_PORT: 'web', FRONTEND_PORT: given.BACKEND_PORT as string, EMIT_INTERVAL_MS: '-1' });
  expect(output).toContain('UI_PORT is "web": expected a port from 1 to 65535\n');
  expect(output).toContain(`BACKEND_PORT and FRONTEND_PORT are both ${given.BACKEND_PORT}: each needs a port of its own\n`);
  expect(output).toContain('EMIT_INTERVAL_MS is "-1": expected a whole number from 0 to 86400000\n');
  expect(code).not.toBe(0);
  expect(await takenPorts()).toEqual(portNames);
});

test('a second command at the same time is refused; a lock that was left behind is not', async () => {
  mkdirSync(`${state}.lock`);
  const { output, code } = await up();
  const longAgo = new Date(0);
  utimesSync(`${state}.lock`, longAgo, longAgo);
  expect((await up()).code).toBe(0);
  expect(existsSync(`${state}.lock`)).toBe(false);
  expect(output).toContain('another make up, down or clean is running in this folder');
  expect(code).not.toBe(0);
});

test('make status and make logs show the mode that was last brought up', async () => {
  const { code, output } = await make('status');
  expect(output.match(/running/g)).toHaveLength(4);
  expect(output).toContain(`port ${given.POSTGRES_PORT}`);
  expect(code).toBe(0);
  expect((await make('logs')).output).toMatch(/POST \/numbers 201/);
});

test('a MODE that no mode has is refused on the command line, and ignored where another program has exported it', async () => {
  const { output, code } = await command('make', ['status', 'MODE=swarm']);
  expect(output).toContain('MODE is "swarm": expected docker, local or kubernetes');
  expect(code).not.toBe(0);
  expect((await make('status', { MODE: 'development' })).output.match(/running/g)).toHaveLength(4);
});

describe('./test.sh', () => {
  test('verifies each write: row, trace, log lines', async () => {
    const { code, output } = await verify(60);
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
      when: 'a row exists twice',
      broken: { FRONTEND_PORT: (rows: any[]) => rows.flatMap((row) => [row, row]) },
      names: /row \d+: exists 2 times/,
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

  test.each(failures)('fails if $when, and names what is missing', async ({ broken, names }) => {
    const [[name, change]] = Object.entries(broken) as [[string, (answer: any) => any]];
    const proxy = await startTamperingProxy(Number(given[name]), change);
    const { code, output } = await verify(3, { [name]: String(proxy.port), SETTLE_SECONDS: '3' });
    proxy.stop();
    expect(output).toMatch(names);
    expect(output).toMatch(/\n\d+ passed, [1-9]\d* failed\n$/);
    expect(code).toBe(1);
  });

  test('reports a frontend that does not run, and claims nothing', async () => {
    const { code, output } = await verify(3, { FRONTEND_PORT: String(await freePort()) });
    expect(output).toMatch(/the frontend does not answer at http:\S+: make up starts it/);
    expect(output).toMatch(/\n0 passed, 1 failed\n$/);
    expect(code).toBe(1);
  });

  test('--help prints the usage', async () => {
    const { code, output } = await command('./test.sh', ['--help']);
    expect(output).toMatch(/^Usage: /);
    expect(code).toBe(0);
  });

  test('an argument that is no number of writes is refused', async () => {
    const { code, output } = await command('./test.sh', ['many']);
    expect(output).toContain('expected a number of writes from 1 to 999999, not "many"');
    expect(code).toBe(64);
  });
});

test('after a crash, make status and ./test.sh report it, and make up starts what is missing', async () => {
  kill9('backend');
  await until('the crash', async () => !(await isTaken(Number(given.BACKEND_PORT))));
  const status = await make('status');
  expect(status.output).toMatch(/backend +crashed/);

  const proof = await verify(3);
  expect(proof.output).toMatch(/write 1: the frontend at http:\S+ returned 503: /);
  expect(proof.output).toMatch(/each write is one row, exactly once +nothing to check/);
  expect(proof.output).toMatch(/\n0 passed, 3 failed\n$/);
  expect(proof.code).toBe(1);

  const { output } = await up();
  expect(output).toMatch(/backend +[\d.]+ s/);
  expect(output).not.toMatch(/frontend +[\d.]+ s/);
  expect((await verify(3)).output).toMatch(/\n9 passed, 0 failed\n$/);
});

test.each(['frontend', 'viewer', 'postgres'])(
  'after a kill -9 of the %s, make down leaves no process and no port; data survive',
  async (component) => {
    const { traceId } = (await (await fetch(`http://localhost:${given.FRONTEND_PORT}/write`, { method: 'POST' })).json()) as {
      traceId: string;
    };
    await until('the trace', async () => (await spanCount(traceId)) === 4);
    kill9(component);
    expect((await make('down')).code).toBe(0);
    expect(await takenPorts()).toEqual([]);

    expect((await up()).code).toBe(0);
    const rows = (await (await fetch(`http://localhost:${given.FRONTEND_PORT}/read?limit=1000`)).json()) as { traceId: string }[];
    expect(rows.map((row) => row.traceId)).toContain(traceId);
    expect(await spanCount(traceId)).toBe(4);
  },
);

async function spanCount(traceId: string): Promise<number> {
  const response = await fetch(`http://localhost:${given.UI_PORT}/api/query/traces`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query: `trace_id = "${traceId}"`, limit: 1 }),
  });
  const { traces } = (await response.json()) as { traces: { spans: unknown[] }[] };
  return traces[0]?.spans.length ?? 0;
}

test('Ctrl-C during make up leaves nothing behind', async () => {
  await make('down');
  const running = start('make', ['up'], given);
  await until('the backend starts', () => running.output().includes('backend'));
  interrupt(running);
  await running.ended;
  await until('the end', async () => (await takenPorts()).length === 0);
});

test('another password than the one that the database was created with is refused', async () => {
  const { output, code } = await up({ BACKEND_PASSWORD: 'another' });
  expect(output).toContain('BACKEND_PASSWORD is not the one that the database in');
  expect(code).not.toBe(0);
});

test('a database of your own that cannot be reached is reported before anything starts', async () => {
  await make('down');
  const { output, code } = await up({ DEMO_POSTGRES_URL: 'postgres://demo:demo@nowhere.invalid:5432/demo' });
  expect(output).toMatch(/cannot use DEMO_POSTGRES_URL: getaddrinfo \w+ nowhere\.invalid/);
  expect(code).not.toBe(0);
  expect(await takenPorts()).toEqual([]);
});

test('a component that cannot start is named, with the end of its log, and nothing is left behind', async () => {
  rmSync(join(state, 'viewer.db'));
  mkdirSync(join(state, 'viewer.db')); // a file for SQLite
  const { code, output } = await up();
  rmSync(join(state, 'viewer.db'), { recursive: true });
  expect(code).not.toBe(0);
  expect(output).toMatch(/viewer ended\. The end of its log, .*viewer\.log:\n.*\S/);
  expect(await takenPorts()).toEqual([]);
});

test('make clean removes the data', async () => {
  await make('clean', { MODE: 'local' });
  expect(existsSync(state)).toBe(false);
  expect(await takenPorts()).toEqual([]);
  expect((await make('down', { MODE: 'local' })).output).toContain('nothing runs in local mode');
});
