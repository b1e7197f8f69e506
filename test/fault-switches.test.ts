// GET and POST /faults of the front page: who may switch faults, and what the file has then.
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { buildApp } from '../frontend/app.ts';
import { Config } from '../frontend/config.ts';
import { readConfig } from '../service/config.ts';

const definitions = readFileSync(new URL('../faults/flags.json', import.meta.url), 'utf8');

const directory = mkdtempSync(join(tmpdir(), 'faults '));
const file = join(directory, 'flags.json');
let app: Awaited<ReturnType<typeof buildApp>>;

beforeAll(async () => {
  app = await build({ FAULTS_FILE: file });
});

beforeEach(() => {
  rmSync(file, { force: true });
  writeFileSync(file, definitions, { mode: 0o640 });
});

afterAll(async () => {
  await app.close();
  rmSync(directory, { recursive: true });
});

function build(env: Record<string, string>) {
  const ports = { FRONTEND_PORT: '3001', BACKEND_PORT: '1' };
  return buildApp(readConfig(Config, { ...ports, LOG_LEVEL: 'silent', EMIT_INTERVAL_MS: '0', ...env }));
}

const sameOrigin = { host: 'localhost:3001', origin: 'http://localhost:3001', 'sec-fetch-site': 'same-origin' };

async function post(body: unknown, headers: Record<string, string> = sameOrigin, service = app) {
  const payload = typeof body === 'string' ? body : JSON.stringify(body);
  const response = await service.inject({
    method: 'POST',
    url: '/faults',
    payload,
    headers: { 'content-type': 'application/json', ...headers },
  });
  return { status: response.statusCode, body: response.json() };
}

const namesOn = (switches: any[]) => switches.filter(({ isOn }) => isOn).map(({ name }) => name);

test('the faults that are named are on, all others off; the file stays the same one', async () => {
  const { ino, mode } = statSync(file);
  for (const on of [['slow-database'], ['log-flood', 'clock-skew'], []]) {
    const { status, body } = await post({ on });
    expect(status).toBe(200);
    expect(namesOn(body).sort()).toEqual([...on].sort());
    expect(namesOn((await app.inject('/faults')).json()).sort()).toEqual([...on].sort());
    expect(statSync(file)).toMatchObject({ ino, mode });
  }
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(JSON.parse(definitions));
});

test('a terminal on this machine may switch them, by any name of the loopback interface', async () => {
  for (const host of ['localhost:3001', '127.0.0.1:3001', '[::1]:3001'])
    expect(await post({ on: [] }, { host })).toMatchObject({ status: 200 });
});

test.each([
  ['a page of another site', { 'sec-fetch-site': 'cross-site' }],
  ['a page of another port', { 'sec-fetch-site': 'same-site' }],
  ['another origin, as an old browser reports it', { host: 'localhost:3001', origin: 'http://localhost:8080' }],
  ['a sandboxed page', { origin: 'null' }],
  ['a name that another page has pointed here', { host: 'evil.example:3001', origin: 'http://evil.example:3001' }],
])('%s is rejected with 403', async (_what, headers) => {
  expect(await post({ on: ['slow-database'] }, { host: 'localhost:3001', ...headers })).toMatchObject({
    status: 403,
    body: { message: 'only the front page at localhost may change this; in a terminal, use make fault' },
  });
  expect(readFileSync(file, 'utf8')).toBe(definitions);
});

test.each([
  ['a form', 'on=slow-database', 415, { 'content-type': 'application/x-www-form-urlencoded' }],
  ['text, which a browser sends without asking', '{"on":["slow-database"]}', 400, { 'content-type': 'text/plain' }],
  ['an unknown fault', { on: ['no-such-fault'] }, 400, {}],
  ['an unknown field', { on: [], off: ['slow-database'] }, 400, {}],
  ['no field', {}, 400, {}],
])('%s is rejected', async (_what, body, status, headers) => {
  expect(await post(body, { ...sameOrigin, ...headers } as Record<string, string>)).toMatchObject({ status });
  expect(readFileSync(file, 'utf8')).toBe(definitions);
});

test('a file that is missing has no faults on, and is created', async () => {
  rmSync(file);
  expect(namesOn((await app.inject('/faults')).json())).toEqual([]);
  expect(namesOn((await post({ on: ['n-plus-one'] })).body)).toEqual(['n-plus-one']);
});

test('a file that cannot be used is a 503 with the command that repairs it', async () => {
  writeFileSync(file, '{');
  expect((await app.inject('/faults')).json().message).toMatch(
    /^the file of the faults cannot be read \(.*\): run make fault NAME=off$/,
  );
  const other = await build({ FAULTS_FILE: directory });
  expect(await post({ on: [] }, sameOrigin, other)).toMatchObject({
    status: 503,
    body: { message: 'the file of the faults cannot be written (EISDIR): run make fault NAME=off' },
  });
  await other.close();
});

test('without FAULTS_FILE there are none', async () => {
  const other = await build({});
  expect((await other.inject('/faults')).json()).toEqual([]);
  expect(await post({ on: ['slow-database'] }, sameOrigin, other)).toMatchObject({ status: 404 });
  await other.close();
});
