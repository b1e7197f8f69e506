import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { startFakeBackend } from './support/fake-backend.ts';
import { forward } from './support/forward.ts';
import { freePort } from './support/free-port.ts';
import { connectTo, createDatabase } from './support/postgres.ts';
import { type Service, startService } from './support/service.ts';
import { type Stack, startStack } from './support/stack.ts';
import { until } from './support/until.ts';

let stack: Stack;

beforeAll(async () => {
  stack = await startStack();
});

afterAll(() => stack.stop());

const json = { 'content-type': 'application/json' };

function post(body: string, headers: Record<string, string> = json, url = stack.backend.url): Promise<Response> {
  return fetch(`${url}/numbers`, { method: 'POST', headers, body });
}

async function expectError(response: Response, statusCode: number, message: RegExp): Promise<void> {
  const body = await response.json();
  expect(body).toEqual({
    statusCode,
    error: expect.any(String),
    message: expect.stringMatching(message),
    traceId: expect.stringMatching(/^[0-9a-f]{32}$/),
  });
  expect(response.status).toBe(statusCode);
}

describe('the backend stores numbers', () => {
  test.each([0, -1, 42, 2_147_483_647, -2_147_483_648])('%i is stored and can be read back', async (value) => {
    const created = await post(JSON.stringify({ value }));
    const row = await created.json();
    expect(created.status).toBe(201);
    expect(row).toEqual({
      id: expect.any(Number),
      value,
      createdAt: expect.stringMatching(/^\d{4}-.*Z$/),
      traceId: expect.any(String),
    });
    const found = await fetch(stack.backend.url + created.headers.get('location'));
    expect(await found.json()).toEqual(row);
  });

  test.each([
    ['a text', '{"value":"42"}', /body\/value must be integer/],
    ['no integer', '{"value":1.5}', /body\/value must be integer/],
    ['true', '{"value":true}', /body\/value must be integer/],
    ['null', '{"value":null}', /body\/value must be integer/],
    ['more than an integer holds', '{"value":2147483648}', /body\/value must be <= 2147483647/],
    ['more than any number holds', '{"value":1e999}', /body\/value must be <= 2147483647/],
    ['less than an integer holds', '{"value":-2147483649}', /body\/value must be >= -2147483648/],
    ['nothing', '{}', /must have required property 'value'/],
    ['an unknown field', '{"value":1,"colour":"red"}', /must NOT have additional properties: "colour"/],
    ['a list', '[1]', /body must be object/],
    ['broken JSON', '{"value":', /JSON/],
    ['an empty body', '', /body/i],
  ])('%s is rejected with 400', async (_what, body, message) => {
    await expectError(await post(body), 400, message);
  });

  test('a missing body is rejected with 400', async () => {
    await expectError(await fetch(`${stack.backend.url}/numbers`, { method: 'POST' }), 400, /body/);
  });

  test('another content type is rejected with 415', async () => {
    await expectError(await post('value=1', { 'content-type': 'application/x-www-form-urlencoded' }), 415, /must be JSON/);
  });

  test('a body of more than 16 KiB is rejected with 413', async () => {
    await expectError(await post(`{"value":1${' '.repeat(20_000)}}`), 413, /too large/i);
  });

  test('an unknown number and an unknown route get 404', async () => {
    await expectError(await fetch(`${stack.backend.url}/numbers/999999`), 404, /number 999999 does not exist/);
    await expectError(await fetch(`${stack.backend.url}/nowhere?secret=1`), 404, /no such route/);
  });

  test('a malformed URL is rejected with 400', async () => {
    const response = await fetch(`${stack.backend.url}/%zz`);
    expect(response.status).toBe(400);
    expect(await response.json()).toEqual({
      statusCode: 400,
      error: 'Bad Request',
      message: expect.stringMatching(/not validly encoded/),
      traceId: expect.stringMatching(/^[0-9a-f]{32}$/),
    });
  });

  test('an id that is not a number is rejected with 400', async () => {
    await expectError(await fetch(`${stack.backend.url}/numbers/abc`), 400, /params\/id must be integer/);
    await expectError(await fetch(`${stack.backend.url}/numbers/1e999`), 400, /params\/id must be <= 9007199254740991/);
  });
});

describe('the latest numbers', () => {
  test.each(['/numbers', '/read'])('GET %s returns them newest first, up to the limit, 100 by default', async (path) => {
    const url = (path === '/read' ? stack.frontend : stack.backend).url + path;
    const rows = await Promise.all([1, 2, 3].map((value) => post(JSON.stringify({ value })).then((response) => response.json())));
    const [first, second] = rows.sort((a, b) => b.id - a.id);
    expect(await (await fetch(`${url}?limit=2`)).json()).toEqual([first, second]);
    expect((await (await fetch(url)).json())[0]).toEqual(first);
  });

  test.each(['0', '-1', '1001', 'abc', '1.5', '', '1e999', '-1e999'])(
    'limit=%s is rejected with 400 by both services',
    async (limit) => {
      for (const url of [`${stack.backend.url}/numbers`, `${stack.frontend.url}/read`]) {
        await expectError(await fetch(`${url}?limit=${limit}`), 400, /querystring\/limit must be/);
      }
    },
  );

  test('an unknown parameter is rejected with 400', async () => {
    await expectError(await fetch(`${stack.backend.url}/numbers?offset=1`), 400, /additional properties: "offset"/);
  });
});

test('both services have an OpenAPI page of their routes', async () => {
  for (const { url } of [stack.frontend, stack.backend]) {
    expect((await fetch(`${url}/docs`)).headers.get('content-type')).toMatch('text/html');
  }
  const { paths } = await (await fetch(`${stack.backend.url}/docs/json`)).json();
  expect(Object.keys(paths)).toEqual(expect.arrayContaining(['/numbers', '/numbers/{id}']));
  expect(paths['/numbers'].get.parameters).toMatchObject([{ name: 'limit', required: false }]);
});

describe('an unreachable or slow component is reported and recovers by itself', () => {
  let misbehave: (request: any, response: any) => void;
  let misbehaving: Awaited<ReturnType<typeof startFakeBackend>>;
  let misled: Service;

  beforeAll(async () => {
    misbehaving = await startFakeBackend((request, response) => misbehave(request, response));
    const env = { ...stack.env, BACKEND_PORT: misbehaving.port, MAX_IN_FLIGHT: '1', BACKEND_TIMEOUT_MS: '60000' };
    misled = await startService('frontend', { env, isReady: false });
  });

  afterAll(async () => {
    await misled.stop();
    misbehaving.stop();
  });

  test('a backend that does not respond in time', async () => {
    const fake = await startFakeBackend(() => {});
    const env = { ...stack.env, BACKEND_PORT: fake.port, BACKEND_TIMEOUT_MS: '200' };
    const frontend = await startService('frontend', { env, isReady: false });
    await expectError(await fetch(`${frontend.url}/write`, { method: 'POST' }), 504, /the backend is too slow/);
    await frontend.stop();
    fake.stop();
  });

  test.each([
    [
      'answers with nonsense',
      (_: unknown, response: any) => response.end('<html>'),
      502,
      /the backend responded with invalid JSON/,
    ],
    [
      'fails',
      (_: unknown, response: any) => response.writeHead(500).end('{"message":"secret"}'),
      502,
      /the backend responded with status 500/,
    ],
    ['breaks off', (request: any) => request.socket.destroy(), 503, /the backend is unreachable/],
  ])('a backend that %s', async (_what, answer, statusCode, message) => {
    misbehave = answer;
    await expectError(await fetch(`${misled.url}/write`, { method: 'POST' }), statusCode, message);
  });

  test('requests beyond MAX_IN_FLIGHT are rejected with 503 and Retry-After; health checks are not', async () => {
    let letGo: (() => void) | undefined;
    misbehave = (_request, response) => {
      letGo = () => response.writeHead(201, json).end('{"id":1,"value":1,"createdAt":"","traceId":null}');
    };
    const first = fetch(`${misled.url}/write`, { method: 'POST' });
    await until('the first request is in work', () => letGo);
    const refused = await fetch(`${misled.url}/read`);
    expect(refused.headers.get('retry-after')).toBe('1');
    await expectError(refused, 503, /busy/);
    expect((await fetch(`${misled.url}/healthz`)).status).toBe(200);
    letGo?.();
    expect((await first).status).toBe(201);
  });

  test('a write to a locked table gets 504, and the next write succeeds', async () => {
    const backend = await startService('backend', { env: { ...stack.env, DATABASE_TIMEOUT_MS: '300' } });
    const client = await connectTo(stack.env);
    await client.query('BEGIN; LOCK TABLE numbers');
    await expectError(await post('{"value":1}', json, backend.url), 504, /the database is too slow/);
    await client.end();
    await until('a write', async () => (await post('{"value":1}', json, backend.url)).status === 201);
    await backend.stop();
  });

  test('a backend without PostgreSQL starts, reports it, is not ready, and recovers by itself', async () => {
    const { port } = inject('postgres');
    const gate = await freePort();
    const env = { ...stack.env, ...(await createDatabase(inject('postgres'), randomUUID())), PGPORT: String(gate) };
    const backend = await startService('backend', { env, isReady: false });
    const write = () => fetch(`${backend.url}/numbers`, { method: 'POST', headers: json, body: '{"value":1}' });
    expect((await fetch(`${backend.url}/readyz`)).status).toBe(503);
    const refused = await write();
    expect(refused.headers.get('retry-after')).toBe('1');
    await expectError(refused, 503, /the database is not ready/);
    await until('the message', () => /PostgreSQL at localhost:\d+ is not ready: .*ECONNREFUSED/.test(backend.output()));

    const open = await forward(gate, port);
    await until('ready', async () => (await fetch(`${backend.url}/readyz`)).ok);
    expect((await write()).status).toBe(201);

    await open.stop();
    await expectError(await write(), 503, /the database is unreachable/);
    const reopened = await forward(gate, port);
    await until('a write', async () => (await write()).status === 201);
    expect(backend.output().match(/ECONNREFUSED[^\n]*retrying every second/g)).toHaveLength(1);
    await backend.stop();
    await reopened.stop();
  });

  test('several backends that start at once create the schema one after the other', async () => {
    const env = { ...stack.env, ...(await createDatabase(inject('postgres'), randomUUID())) };
    const other = await connectTo(env);
    await other.query("SELECT pg_advisory_lock(hashtext('numbers'))"); // as if another backend were at it
    const backends = await Promise.all([1, 2].map(() => startService('backend', { env, isReady: false })));
    const waiting = "SELECT FROM pg_stat_activity WHERE wait_event = 'advisory' AND datname = current_database()";
    await until('both wait', async () => (await other.query(waiting)).rowCount === 2);
    expect((await other.query("SELECT to_regclass('numbers') AS found")).rows).toEqual([{ found: null }]);
    await other.end();
    for (const { url } of backends) await until('ready', async () => (await fetch(`${url}/readyz`)).ok);
    await Promise.all(backends.map((backend) => backend.stop()));
  });

  test('an unexpected error gets 500, and its message stays in the log', async () => {
    const env = { ...stack.env, ...(await createDatabase(inject('postgres'), randomUUID())) };
    const backend = await startService('backend', { env });
    const client = await connectTo(env);
    await client.query('DROP TABLE numbers');
    await client.end();
    await expectError(await post('{"value":1}', json, backend.url), 500, /^internal error; see the log$/);
    await until('the reason in the log', () => backend.output().includes('relation \\"numbers\\" does not exist'));
    await backend.stop();
  });
});
