import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Span } from '../telemetry/test/support/otlp-receiver.ts';
import { distinct } from './support/distinct.ts';
import { connectTo } from './support/postgres.ts';
import { type Stack, startStack } from './support/stack.ts';
import { until } from './support/until.ts';

let stack: Stack;

beforeAll(async () => {
  stack = await startStack({ EMIT_INTERVAL_MS: '300' });
});

afterAll(() => stack.stop());

async function write(headers: Record<string, string> = {}): Promise<{ id: number; value: number; traceId: string }> {
  const response = await fetch(`${stack.frontend.url}/write`, { method: 'POST', headers });
  expect(response.status).toBe(201);
  return response.json();
}

/** The spans of a trace, each the child of the one before. */
async function chainOf(traceId: string, length = 4): Promise<Span[]> {
  const spans = await until(`${length} spans of ${traceId}`, () => {
    const arrived = distinct(stack.receiver.spansOf(traceId));
    return arrived.length >= length ? arrived : undefined;
  });
  const chain: Span[] = [];
  for (let next = spans.find(({ parentSpanId }) => !spans.some(({ spanId }) => spanId === parentSpanId)); next; ) {
    chain.push(next);
    next = spans.find(({ parentSpanId }) => parentSpanId === next?.spanId);
  }
  expect(chain).toHaveLength(spans.length);
  return chain;
}

describe('one write is one trace of four spans, each the child of the one before', () => {
  const promised = [
    {
      service: 'frontend',
      kind: 'SERVER',
      name: 'POST /write',
      attributes: {
        'http.request.method': 'POST',
        'http.route': '/write',
        'url.path': '/write',
        'url.scheme': 'http',
        'http.response.status_code': 201,
      },
    },
    {
      service: 'frontend',
      kind: 'CLIENT',
      name: 'POST',
      attributes: {
        'http.request.method': 'POST',
        'url.path': '/numbers',
        'server.address': 'localhost',
        'http.response.status_code': 201,
      },
    },
    {
      service: 'backend',
      kind: 'SERVER',
      name: 'POST /numbers',
      attributes: {
        'http.request.method': 'POST',
        'http.route': '/numbers',
        'url.path': '/numbers',
        'http.response.status_code': 201,
      },
    },
    {
      service: 'backend',
      kind: 'CLIENT',
      name: 'INSERT numbers',
      attributes: {
        'db.system.name': 'postgresql',
        'db.query.summary': 'INSERT numbers',
        'db.query.text': expect.stringMatching(
          /^INSERT INTO numbers \(value, trace_id, idempotency_key\) VALUES \(\$1, \$2, \$3\) ON CONFLICT /,
        ),
        'server.address': 'localhost',
      },
    },
  ];
  let chain: Span[];

  beforeAll(async () => {
    chain = await chainOf((await write()).traceId);
  });

  test('exactly four spans', () => {
    expect(chain.map(({ service, kind, name }) => ({ service, kind, name }))).toEqual(
      promised.map(({ service, kind, name }) => ({ service, kind, name })),
    );
    expect(chain[0]?.parentSpanId).toBeUndefined();
  });

  test.each(promised.map((span, place) => ({ ...span, place })))(
    '$name of $service ($kind) has its semantic attributes',
    ({ place, attributes }) => {
      expect(chain[place]?.attributes).toMatchObject(attributes);
      expect(chain[place]?.status).toBe('UNSET');
    },
  );

  test('the row has the trace id, and the span the id of the row', async () => {
    const row = await write();
    const found = await (await fetch(`${stack.backend.url}/numbers/${row.id}`)).json();
    expect(found).toEqual(row);
    expect((await chainOf(row.traceId))[2]?.attributes['demo.number.id']).toBe(row.id);
  });

  test('the resource has the service name, version and instance', async () => {
    const [span] = await chainOf((await write()).traceId);
    expect(span?.resource).toMatchObject({
      'service.name': 'frontend',
      'service.version': '1.0.0',
      'service.instance.id': expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
  });
});

test('a periodic write is a trace of its own: emit number, POST, POST /numbers, INSERT numbers', async () => {
  const root = await until('an emitted number', () => stack.receiver.spans.find(({ name }) => name === 'emit number'));
  const chain = await chainOf(root.traceId);
  expect(chain.map(({ service, kind, name }) => `${service} ${kind} ${name}`)).toEqual([
    'frontend INTERNAL emit number',
    'frontend CLIENT POST',
    'backend SERVER POST /numbers',
    'backend CLIENT INSERT numbers',
  ]);
});

test('the traceparent of a caller is the parent', async () => {
  const traceId = '0af7651916cd43dd8448eb211c80319c';
  const row = await write({ traceparent: `00-${traceId}-b7ad6b7169203331-01` });
  expect(row.traceId).toBe(traceId);
  expect((await chainOf(traceId))[0]?.parentSpanId).toBe('b7ad6b7169203331');
});

test.each([
  'nonsense',
  '00-00000000000000000000000000000000-b7ad6b7169203331-01',
  '00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01',
  'ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01, 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
])('with a broken traceparent (%s) the request succeeds in a trace of its own', async (traceparent) => {
  const row = await write({ traceparent });
  const [root] = await chainOf(row.traceId);
  expect(root?.parentSpanId).toBeUndefined();
});

test('an unsampled caller gets a response and creates no span', async () => {
  const traceId = '1af7651916cd43dd8448eb211c80319c';
  await write({ traceparent: `00-${traceId}-b7ad6b7169203331-00` });
  await chainOf((await write()).traceId);
  expect(stack.receiver.spansOf(traceId)).toEqual([]);
});

test('health checks and the schema are never traced', async () => {
  for (const path of ['/healthz', '/readyz', '/readyz?verbose=1', '/docs', '/docs/json', '/docs/static/index.html'])
    expect((await fetch(stack.frontend.url + path)).status).toBe(200);
  await chainOf((await write()).traceId);
  const names = new Set(stack.receiver.spans.map(({ name }) => name));
  const known = ['POST /write', 'emit number', 'POST', 'POST /numbers', 'INSERT numbers', 'GET /numbers/:id', 'SELECT numbers'];
  expect([...names].filter((name) => !known.includes(name))).toEqual([]);
});

test('a 4xx is not an error of the server span; an unknown route is named by its method alone', async () => {
  const traceId = '2af7651916cd43dd8448eb211c80319c';
  await fetch(`${stack.backend.url}/nowhere/1`, { headers: { traceparent: `00-${traceId}-b7ad6b7169203331-01` } });
  const [span] = await chainOf(traceId, 1);
  expect(span).toMatchObject({ name: 'GET', status: 'UNSET', attributes: { 'http.response.status_code': 404 } });
  expect(Object.values(span?.attributes ?? {}), 'an attribute without a value').not.toContain(undefined);
});

test('with more concurrent writes than connections, each query is in its own trace', async () => {
  const rows = await Promise.all(Array.from({ length: 40 }, () => write()));
  for (const { traceId } of rows) {
    const chain = await chainOf(traceId);
    expect(chain.map(({ name }) => name)).toEqual(['POST /write', 'POST', 'POST /numbers', 'INSERT numbers']);
  }
});

test('a request whose client disconnects still has its span and its log line', async () => {
  const holder = await connectTo(stack.env);
  await holder.query('BEGIN; LOCK TABLE numbers');
  const traceId = randomBytes(16).toString('hex');
  const client = new AbortController();
  const asked = fetch(`${stack.backend.url}/numbers`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', traceparent: `00-${traceId}-b7ad6b7169203331-01` },
    body: '{"value":1}',
    signal: client.signal,
  });
  const waiting = "SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()";
  await until('this query and that of the periodic write wait', async () => (await holder.query(waiting)).rowCount === 2);
  client.abort();
  await expect(asked).rejects.toThrow(/abort/);
  await until('the line', () => stack.receiver.logsOf(traceId).length > 0);
  await holder.end(); // and with it the lock
  const [server, insert] = await chainOf(traceId, 2);
  expect(server).toMatchObject({ name: 'POST /numbers', attributes: { 'error.type': 'aborted' } });
  expect(insert).toMatchObject({ name: 'INSERT numbers', status: 'UNSET' });
  expect(stack.backend.output()).not.toMatch(/ended span/i);
  expect(distinct(stack.receiver.logsOf(traceId))).toMatchObject([
    { body: expect.stringMatching(/^POST \/numbers: the client disconnected after [\d.]+ ms$/), spanId: server?.spanId },
  ]);
});
