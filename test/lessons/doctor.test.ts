// make doctor in local mode: silent about a healthy stack, and the first broken hop of one that is not.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { freePort } from '../support/free-port.ts';
import { root, runCommand } from '../support/service.ts';

const home = mkdtempSync(join(tmpdir(), 'doctor '));
const state = join(home, 'state');
/** What `make up` is given. The other commands find it by themselves. */
const ports: Record<string, string> = {};
const env: Record<string, string> = { MODE: 'local', LOCAL_STATE_DIRECTORY: state, FAULTS_FILE: join(home, 'faults/flags.json') };

beforeAll(async () => {
  for (const name of ['UI_PORT', 'FRONTEND_PORT', 'BACKEND_PORT', 'OTLP_GRPC_PORT', 'POSTGRES_PORT'])
    ports[name] = String(await freePort());
  await make('up', ports);
});

afterAll(async () => {
  await make('clean');
  rmSync(home, { recursive: true });
});

async function make(target: string, extra: Record<string, string> = {}): Promise<string> {
  const { ended, output } = runCommand('make', target.split(' '), { ...env, ...extra });
  expect(await ended, output()).toMatchObject({ code: 0 });
  return output();
}

async function diagnose(extra: Record<string, string> = {}): Promise<{ code: number | null; output: string }> {
  const { ended, output } = runCommand(join(root, 'doctor/doctor.sh'), [], { ...env, ...extra });
  const { code } = await ended;
  return { code, output: output() };
}

function signal(part: string, name: NodeJS.Signals): void {
  process.kill(-JSON.parse(readFileSync(join(state, `${part}.json`), 'utf8')).pid, name);
}

/** A PATH with what the script needs before it looks for its tools. */
function pathWithout(tool: string): string {
  const directory = mkdtempSync(join(home, 'path-'));
  mkdirSync(directory, { recursive: true });
  for (const name of ['bash', 'env', 'dirname', 'cat', 'sed', 'grep', 'curl', 'jq'].filter((each) => each !== tool))
    symlinkSync(`/usr/bin/${name}`, join(directory, name));
  return directory;
}

interface Case {
  what: string;
  hop: string;
  repair: RegExp;
  /** Breaks it before, or only for the command's own environment. */
  breakIt?: () => unknown;
  env?: () => Record<string, string>;
  mend?: () => Promise<unknown>;
}

const cases: Case[] = [
  { what: 'jq is not installed', hop: 'tools', repair: /install jq/, env: () => ({ PATH: pathWithout('jq') }) },
  { what: 'the disk is full', hop: 'disk', repair: /remove other files/, env: () => ({ MIN_FREE_MB: '1000000000' }) },
  ...['postgres', 'viewer', 'backend', 'frontend'].map((part) => ({
    what: `kill -9 of the ${part}`,
    hop: part,
    repair: /make up/,
    breakIt: () => signal(part, 'SIGKILL'),
    mend: () => make('up', ports),
  })),
  {
    what: 'the viewer is paused',
    hop: 'viewer',
    repair: /make fault NAME=off/,
    breakIt: () => make('fault NAME=slow-collector'),
    mend: () => make('fault NAME=off'),
  },
  { what: 'a port was changed', hop: 'port of each component', repair: /UI_PORT/, env: () => ({ UI_PORT: '1' }) },
  {
    what: 'a fault was forgotten',
    hop: 'faults',
    repair: /make fault NAME=off/,
    breakIt: () => make('fault NAME=n-plus-one'),
    mend: () => make('fault NAME=off'),
  },
];

test('a healthy stack has no complaint', async () => {
  const { code, output } = await diagnose();
  expect(output).not.toContain('BROKEN');
  expect(output).toMatch(/healthy: (\d+) of \1 checks passed\n$/);
  expect(code).toBe(0);
});

test.each(cases)('$what: $hop', async ({ hop, repair, breakIt, env: extra, mend }) => {
  await breakIt?.();
  const { code, output } = await diagnose(extra?.());
  await mend?.();
  expect(output).toContain(`  BROKEN  ${hop}\n`);
  expect(output).toMatch(new RegExp(`repair: .*${repair.source}`));
  expect(code).toBe(1);
});

test('a lesson and its cure find the ports of the last make up', async () => {
  expect(await make('lesson NAME=collector-down')).toContain(`http://localhost:${ports.FRONTEND_PORT}`);
  await make('fault NAME=off');
  expect(await make('lesson NAME=collector-down CHECK=1')).toContain('fixed');
});

test('after all of them, it is healthy again', async () => {
  expect((await diagnose()).output).toContain('healthy');
});
