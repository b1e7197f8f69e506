// A lost answer does not make a second row: the frontend tries again with the same key, and the backend keeps one.
import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { distinct } from './support/distinct.ts';
import { startFakeBackend } from './support/fake-backend.ts';
import { connectTo, createDatabase } from './support/postgres.ts';
import { type Service, startService } from './support/service.ts';
import { type Stack, startStack } from './support/stack.ts';
import { until } from './support/until.ts';

let stack: Stack;
let database: pg.Client;

beforeAll(async () => {
  stack = await startStack();
  database = await connectTo(stack.env);
});

afterAll(async () => {
  await database.end();
  await stack.stop();
});

function post(value: number, key: string): Promise<Response> {
  const headers = { 'content-type': 'application/json', 'idempotency-key': key };
  return fetch(`${stack.backend.url}/numbers`, { method: 'POST', headers, body: JSON.stringify({ value }) });
}

async function rowsWith(key: string): Promise<number> {
  return (await database.query('SELECT FROM numbers WHERE idempotency_key = $1', [key])).rowCount ?? 0;
}

describe('a write with an Idempotency-Key', () => {
  test('returns the row of the first write on every retry', async () => {
    const key = randomUUID();
    const first = await post(7, key);
    const again = await post(7, `"${key}"`); // as the draft writes it
    expect([first.status, again.status]).toEqual([201, 201]);
    expect(again.headers.get('location')).toBe(first.headers.get('location'));
    expect(await again.json()).toEqual(await first.json());
    expect(await rowsWith(key)).toBe(1);
  });

  test('is one row, even if ten arrive at once', async () => {
    const key = randomUUID();
    const answers = await Promise.all(Array.from({ length: 10 }, () => post(8, key)));
    expect(answers.map(({ status }) => status)).toEqual(Array(10).fill(201));
    const rows = await Promise.all(answers.map((answer) => answer.text()));
    expect(new Set(rows).size).toBe(1);
    expect(await rowsWith(key)).toBe(1);
  });

  test('is rejected with 422 for another value, and the first row is unchanged', async () => {
    const key = randomUUID();
    const first = await (await post(1, key)).json();
    const other = await post(2, key);
    expect(other.status).toBe(422);
    expect((await other.json()).message).toBe('this Idempotency-Key was already used for another value');
    expect(await (await fetch(`${stack.backend.url}/numbers/${first.id}`)).json()).toEqual(first);
  });

  test.each(['""', '"a', 'a b', 'ä', 'a,b', 'x'.repeat(65)])('is rejected with 400 for the key %s', async (key) => {
    const answer = await post(1, key);
    expect(answer.status).toBe(400);
    expect((await answer.json()).message).toMatch(/headers\/idempotency-key must match/);
  });

  test('is documented on the OpenAPI page', async () => {
    const { paths } = await (await fetch(`${stack.backend.url}/docs/json`)).json();
    expect(paths['/numbers'].post.parameters).toEqual([
      expect.objectContaining({ in: 'header', name: 'idempotency-key', required: false }),
    ]);
  });
});

test('without a key, writing the same value twice creates two rows', async () => {
  const write = () =>
    fetch(`${stack.backend.url}/numbers`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"value":9}',
    }).then((answer) => answer.json());
  expect((await write()).id).not.toBe((await write()).id);
});

describe('the frontend', () => {
  let handle: Parameters<typeof startFakeBackend>[0];
  let fake: Awaited<ReturnType<typeof startFakeBackend>>;
  let frontend: Service;

  beforeAll(async () => {
    fake = await startFakeBackend((request, response) => handle(request, response));
    frontend = await startService('frontend', { env: { ...stack.env, BACKEND_PORT: fake.port }, isReady: false });
  });

  afterAll(async () => {
    await frontend.stop();
    fake.stop();
  });

  test('retries when the response is lost: one row, one trace, and a span for each attempt', async () => {
    let lost = 0;
    handle = async (request, response) => {
      const body = Buffer.concat(await Array.fromAsync(request));
      const { host: _, connection: __, ...headers } = request.headers;
      const init = request.method === 'POST' ? { method: 'POST', body } : {};
      const answer = await fetch(stack.backend.url + request.url, { ...init, headers: headers as Record<string, string> });
      const text = await answer.text();
      if (request.method === 'POST' && lost++ < 2) return request.socket.destroy(); // kept, and not heard
      response.writeHead(answer.status, { 'content-type': 'application/json' }).end(text);
    };
    const answer = await fetch(`${frontend.url}/write`, { method: 'POST' });
    expect(answer.status).toBe(201);
    const { id, traceId } = await answer.json();
    const rows = await database.query('SELECT id, idempotency_key FROM numbers WHERE trace_id = $1', [traceId]);
    expect(rows.rows).toEqual([{ id: String(id), idempotency_key: expect.stringMatching(/^[0-9a-f-]{36}$/) }]);

    const spans = await until('all spans', () => {
      const arrived = distinct(stack.receiver.spansOf(traceId));
      return arrived.length === 10 ? arrived : undefined;
    });
    const counted = Object.groupBy(spans, ({ name }) => name);
    expect(
      Object.entries(counted)
        .map(([name, spans]) => `${spans?.length} ${name}`)
        .sort(),
    ).toEqual(['1 POST /write', '3 INSERT numbers', '3 POST', '3 POST /numbers']);
    expect(counted.POST?.filter(({ status }) => status === 'ERROR')).toHaveLength(2);
  });

  test('waits for the Retry-After of a busy backend, then retries with the same key', async () => {
    const tries: { key: unknown; at: number }[] = [];
    handle = (request, response) => {
      tries.push({ key: request.headers['idempotency-key'], at: Date.now() });
      if (tries.length === 1) return response.writeHead(503, { 'retry-after': '1' }).end('{"message":"busy"}');
      const row = { id: 1, value: 1, createdAt: '', traceId: null };
      response.writeHead(201, { 'content-type': 'application/json' }).end(JSON.stringify(row));
    };
    expect((await fetch(`${frontend.url}/write`, { method: 'POST' })).status).toBe(201);
    expect(tries.map(({ key }) => key)).toEqual([tries[0]?.key, tries[0]?.key]);
    expect(tries[0]?.key).toMatch(/^"[0-9a-f-]{36}"$/);
    expect((tries[1]?.at ?? 0) - (tries[0]?.at ?? 0)).toBeGreaterThanOrEqual(990); // a timer may be early by the clock's rounding
  });

  test('gives up after four attempts, or earlier if another would exceed BACKEND_TIMEOUT_MS', async () => {
    let tries = 0;
    handle = (request) => {
      tries += 1;
      request.socket.destroy();
    };
    expect((await fetch(`${frontend.url}/write`, { method: 'POST' })).status).toBe(503);
    expect(tries).toBe(4);
    const env = { ...stack.env, BACKEND_PORT: fake.port, BACKEND_TIMEOUT_MS: '1000' };
    const hasty = await startService('frontend', { env, isReady: false });
    tries = 0;
    expect((await fetch(`${hasty.url}/write`, { method: 'POST' })).status).toBe(503);
    expect(tries).toBeLessThan(4);
    await hasty.stop();
  });
});

test('backends that start at once change the schema one after the other: a table of an earlier version gets the column and keeps its rows', async () => {
  const env = { ...stack.env, ...(await createDatabase(inject('postgres'), randomUUID())) };
  const earlier = await connectTo(env);
  await earlier.query(`CREATE TABLE numbers (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, value integer NOT NULL,
    trace_id text, created_at timestamptz NOT NULL DEFAULT now()); INSERT INTO numbers (value) VALUES (1), (2)`);
  await earlier.query("SELECT pg_advisory_lock(hashtext('numbers'))"); // as if another backend were changing it
  const backends = await Promise.all([1, 2].map(() => startService('backend', { env, isReady: false })));
  const waiting = "SELECT FROM pg_stat_activity WHERE wait_event = 'advisory' AND datname = current_database()";
  await until('both wait', async () => (await earlier.query(waiting)).rowCount === 2);
  expect((await earlier.query('SELECT * FROM numbers LIMIT 0')).fields.map(({ name }) => name)).not.toContain('idempotency_key');
  await earlier.query("SELECT pg_advisory_unlock(hashtext('numbers'))");
  for (const { url } of backends) await until('ready', async () => (await fetch(`${url}/readyz`)).ok);
  const rows = await earlier.query('SELECT value, idempotency_key FROM numbers ORDER BY id');
  expect(rows.rows).toEqual([1, 2].map((value) => ({ value, idempotency_key: null })));
  await earlier.end();
  await Promise.all(backends.map((backend) => backend.stop()));
});

test('a backend starts while the table is in use, and blocks nobody', async () => {
  const reader = await connectTo(stack.env);
  await reader.query('BEGIN; SELECT count(*) FROM numbers');
  const backend = await startService('backend', { env: stack.env });
  expect((await post(1, randomUUID())).status).toBe(201);
  await reader.end();
  await backend.stop();
});
