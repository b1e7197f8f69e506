// biome-ignore-all lint/suspicious/noExplicitAny: call shapes that pg's types leave out
import { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { SpanKind, SpanStatusCode } from '@opentelemetry/api';
import { hrTimeToMicroseconds } from '@opentelemetry/core';
import { type ReadableSpan, SamplingDecision } from '@opentelemetry/sdk-trace';
import type { Client } from 'pg';
import { from as copyFrom, to as copyTo } from 'pg-copy-streams';
import Cursor from 'pg-cursor';
import QueryStream from 'pg-query-stream';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { activeTraceId } from './support/in-memory.ts';
import { inTrace, outsideTrace, type Pg, startTracedPg, tracer } from './support/traced-pg.ts';

const sampled: { name: string; attributes: object }[] = [];
const traced = await startTracedPg('pg_spans', {
  sampler: {
    shouldSample: (_context, _traceId, name, kind, attributes) => {
      if (kind === SpanKind.CLIENT) sampled.push({ name, attributes: { ...attributes } });
      return { decision: SamplingDecision.RECORD_AND_SAMPLED };
    },
  },
});
const none = 'none';

/** Each resolves to the id of the trace its callbacks and events ran in. */
const shapes: Record<string, (client: Client, pg: Pg) => Promise<string>> = {
  'a promise': async (client) => {
    await client.query('SELECT 1 AS n FROM things');
    return activeTraceId();
  },
  'a promise for a config': async (client) => {
    await client.query({ text: 'SELECT 1 AS n FROM things' });
    return activeTraceId();
  },
  'a callback': (client) => new Promise((resolve) => void client.query('SELECT 1 FROM things', () => resolve(activeTraceId()))),
  'a callback after values': (client) =>
    new Promise((resolve) => void client.query('SELECT $1::int FROM things', [1], () => resolve(activeTraceId()))),
  'a callback after values that are not given': (client) =>
    new Promise((resolve) => void client.query('SELECT 1 FROM things', undefined as any, () => resolve(activeTraceId()))),
  'a callback beside a config': (client) =>
    new Promise((resolve) => void client.query({ text: 'SELECT 1 FROM things' }, () => resolve(activeTraceId()))),
  'a callback in a config': (client) =>
    new Promise(
      (resolve) => void client.query({ text: 'SELECT 1 FROM things', callback: () => resolve(activeTraceId()) } as any),
    ),
  'a Query with a callback': (client, { Query }) =>
    new Promise((resolve) => void client.query(new (Query as any)('SELECT 1 FROM things', () => resolve(activeTraceId())))),
  'a callback beside a Query': (client, { Query }) =>
    new Promise((resolve) => void client.query(new Query('SELECT 1 FROM things') as any, () => resolve(activeTraceId()))),
  'a Query with events': async (client, { Query }) => {
    const query = client.query(new Query('SELECT 1 AS n FROM things'));
    const traces = await Promise.all(
      ['row', 'end'].map(
        (event) => new Promise<string>((resolve) => void query.on(event as any, () => resolve(activeTraceId()))),
      ),
    );
    return [...new Set(traces)].join();
  },
  'a Query with an error event': (client, { Query }) =>
    new Promise((resolve) => {
      const query = client.query(new Query('SELECT nothing FROM things'));
      query.on('error', () => resolve(activeTraceId()));
    }),
  'a class of its own': async (client, { Query }) => {
    const traces = new Set<string>();
    const ended = Promise.withResolvers<void>();
    class OwnQuery extends (Query as any) {
      handleDataRow(message: unknown) {
        traces.add(activeTraceId());
        super.handleDataRow(message);
      }
      handleReadyForQuery(connection: unknown) {
        traces.add(activeTraceId());
        super.handleReadyForQuery(connection);
        ended.resolve();
      }
    }
    client.query(new (OwnQuery as any)('SELECT 1 FROM things'));
    await ended.promise;
    return [...traces].join();
  },
  'a cursor read by promise': async (client) => {
    const cursor = client.query(new Cursor('SELECT generate_series(1, 10) FROM things'));
    await cursor.read(3);
    await cursor.close();
    return activeTraceId();
  },
  'a cursor read by callback': (client) =>
    new Promise((resolve) => {
      const cursor = client.query(new Cursor('SELECT generate_series(1, 10) FROM things'));
      cursor.read(3, () => {
        const inRead = activeTraceId();
        cursor.close(() => resolve([...new Set([inRead, activeTraceId()])].join()));
      });
    }),
  'a stream of rows': async (client) => {
    const stream = client.query(new QueryStream('SELECT generate_series(1, 300) AS n FROM things'));
    const traces = new Set<string>();
    for (const event of ['data', 'end', 'close']) stream.on(event, () => traces.add(activeTraceId()));
    await new Promise((resolve) => stream.once('close', resolve));
    return [...traces].join();
  },
  'COPY TO': async (client) => {
    const traces = new Set<string>();
    const stream = client.query(copyTo('COPY things TO STDOUT'));
    stream.on('close', () => traces.add(activeTraceId()));
    const write = (_chunk: unknown, _encoding: unknown, done: () => void) => {
      traces.add(activeTraceId());
      done();
    };
    await pipeline(stream, new Writable({ write }));
    return [...traces].join();
  },
  'COPY FROM': async (client) => {
    const traces = new Set<string>();
    const stream = client.query(copyFrom('COPY things FROM STDIN'));
    for (const event of ['drain', 'finish', 'close']) stream.on(event, () => traces.add(activeTraceId()));
    await new Promise((resolve) => {
      stream.once('close', resolve);
      const line = `${'7'.repeat(100_000)}\n`; // more than a socket buffers
      for (let n = 0; n < 100; n++) stream.write(line, () => traces.add(activeTraceId()));
      stream.end();
    });
    return [...traces].join();
  },
};

const versions: Record<string, Pg> = {
  'pg 8.11': traced.load('pg-8.11'),
  'pg 8.16': traced.load('pg-8.16'),
  'pg of today': traced.pg,
};

await outsideTrace(async () => {
  const client = await traced.connect();
  await client.query('CREATE TABLE things (n text); INSERT INTO things VALUES (1)');
  await client.end();
});

beforeEach(() => {
  sampled.length = 0;
  traced.clear();
});

describe.each(Object.keys(versions))(
  '%s: a query has one span, and its callbacks and events run in the trace of the caller',
  (version) => {
    const pg = versions[version] as Pg;
    let client: Client;
    beforeEach(async () => {
      client = await inTrace(() => traced.connect({}, pg)); // a request that has ended
      return () => client.end();
    });

    test.each(Object.keys(shapes))('%s', async (shape) => {
      // another request on the same connection
      await inTrace(() => client.query('SELECT 0 FROM things'));
      const spanId = await inTrace(async ({ traceId, spanId }) => {
        expect(await shapes[shape]?.(client, pg)).toBe(traceId);
        return spanId;
      });
      const [, ...spans] = await traced.queries(2);
      expect(spans.map(({ parentSpanContext }) => parentSpanContext?.spanId)).toEqual([spanId]);
      expect(spans[0]?.name).toMatch(/^(SELECT|COPY) things$/);
    });

    test('outside a trace a query has no span, and its callback runs outside too', async () => {
      await inTrace(() => client.query('SELECT 0 FROM things'));
      const seen = await outsideTrace(
        () => new Promise((resolve) => void client.query('SELECT 1', () => resolve(activeTraceId()))),
      );
      expect(seen).toBe(none);
      expect(await traced.queries(1)).toHaveLength(1);
    });
  },
);

describe('a span', () => {
  let client: Client;
  beforeEach(async () => {
    client = await outsideTrace(() => traced.connect());
    return () => client.end().catch(() => {});
  });

  async function spanOf(run: () => Promise<unknown>): Promise<ReadableSpan> {
    await inTrace(() => run().catch(() => {}));
    const [span] = await traced.queries(1);
    return span as ReadableSpan;
  }

  const server = { 'db.system.name': 'postgresql', 'db.namespace': 'pg_spans', 'server.address': 'localhost' };

  test('starts with the attributes the conventions require, so that samplers see them', async () => {
    await spanOf(() => client.query('SELECT n FROM things WHERE n = $1', ['a value']));
    expect(sampled).toEqual([
      {
        name: 'SELECT things',
        attributes: {
          ...server,
          'server.port': traced.connection.port,
          'db.query.summary': 'SELECT things',
          'db.query.text': 'SELECT n FROM things WHERE n = $1',
        },
      },
    ]);
  });

  test('lies within its parent, even if the callback ends the parent', async () => {
    await tracer.startActiveSpan('request', (request) => {
      return new Promise<void>((resolve) => {
        client.query({ text: 'SELECT pg_sleep(1)', query_timeout: 10 } as any, () => {
          request.end();
          resolve();
        });
      });
    });
    const [query] = (await traced.queries(1)) as [ReadableSpan];
    const request = traced.spans().find(({ name }) => name === 'request') as ReadableSpan;
    expect(hrTimeToMicroseconds(query.startTime)).toBeGreaterThanOrEqual(hrTimeToMicroseconds(request.startTime));
    expect(hrTimeToMicroseconds(query.endTime)).toBeLessThanOrEqual(hrTimeToMicroseconds(request.endTime));
  });

  test('has the text of a prepared statement executed by name', async () => {
    await outsideTrace(() => client.query({ name: 'known', text: 'SELECT $1::int FROM things', values: [1] }));
    const span = await spanOf(() => client.query({ name: 'known', values: [2] } as any));
    expect(span.name).toBe('SELECT things');
    expect(span.attributes['db.query.text']).toBe('SELECT $1::int FROM things');
  });

  test.each(['unknown', 'constructor'])(
    'is named after the database system if the named statement is unknown: %s',
    async (name) => {
      const span = await spanOf(() => client.query({ name, values: [2] } as any));
      expect(span.name).toBe('postgresql');
      expect(span.attributes).toMatchObject(server);
    },
  );

  test('has the path of a Unix domain socket, and no port', async () => {
    const local = new traced.pg.Client({ ...traced.connection, host: '/nowhere', port: 5432 });
    const span = await spanOf(async () => {
      const query = local.query('SELECT 1');
      local.connect().catch(() => {});
      await query;
    });
    expect(span.attributes['server.address']).toBe('/nowhere/.s.PGSQL.5432');
    expect(span.attributes).not.toHaveProperty(['server.port']);
  });

  test.each<[string, (client: Client) => Promise<unknown>, object]>([
    [
      'of the database',
      (c) => c.query('SELECT $1::int', ['secret']),
      { 'error.type': '22P02', 'db.response.status_code': '22P02' },
    ],
    ['of invalid parameters', (c) => c.query({ text: 'SELECT $1', values: 'secret' } as any), { 'error.type': 'Error' }],
    [
      'of the application',
      (c) => c.query({ text: 'SELECT 1', types: { getTypeParser: () => () => failWith('E_SECRET') } as any }),
      { 'error.type': 'E_SECRET' },
    ],
    [
      'of the application, followed by one of the database',
      (c) =>
        c.query({
          text: 'SELECT 1 / (2 - n) FROM generate_series(1, 2) n',
          types: { getTypeParser: () => () => failWith('E_SECRET') } as any,
        }),
      { 'error.type': 'E_SECRET' },
    ],
    ['thrown by pg', async (c) => c.query({ text: 'SELECT 1', callback: 'none' } as any), { 'error.type': 'TypeError' }],
    [
      'of the connection',
      (c) => {
        const query = c.query('SELECT pg_sleep(5)');
        (c as any).connection.stream.destroy(Object.assign(new Error('secret'), { code: 'ECONNRESET' }));
        return query;
      },
      { 'error.type': 'ECONNRESET' },
    ],
  ])('has the code of an error %s, and a status code only if the database returned one', async (_kind, query, error) => {
    client.on('error', () => {});
    const span = await spanOf(() => query(client));
    const { 'error.type': type, 'db.response.status_code': status } = span.attributes;
    expect({ 'error.type': type, ...(status !== undefined && { 'db.response.status_code': status }) }).toEqual(error);
    expect(span.status).toEqual({ code: SpanStatusCode.ERROR });
    expect(JSON.stringify([span.attributes, span.events])).not.toContain('secret');
  });

  test('contains no values, neither literals of the statement nor copied rows', async () => {
    await inTrace(async () => {
      await client.query(`INSERT INTO things VALUES ('secret') -- secret`);
      await pipeline(Readable.from(['secret\n']), client.query(copyFrom('COPY things FROM STDIN')));
      await pipeline(client.query(copyTo('COPY things TO STDOUT')), new Writable({ write: (_chunk, _encoding, done) => done() }));
    });
    const spans = await traced.queries(3);
    expect(JSON.stringify(spans.map(({ name, attributes, events }) => [name, attributes, events]))).not.toContain('secret');
  });

  test('of a cursor belongs to the trace that opened it; its callbacks run in the traces that read and close it', async () => {
    const [opener, cursor] = await inTrace(
      async ({ traceId }) => [traceId, client.query(new Cursor('SELECT 1 FROM things'))] as const,
    );
    for (const use of [(done: () => void) => cursor.read(1, done), (done: () => void) => cursor.close(done)]) {
      await inTrace(async ({ traceId }) => {
        expect(await new Promise((resolve) => use(() => resolve(activeTraceId())))).toBe(traceId);
      });
    }
    const spans = await traced.queries(1);
    expect(spans.map((span) => span.spanContext().traceId)).toEqual([opener]);
  });

  test('is created each time a query object is used', async () => {
    const query = new traced.pg.Query('SELECT 1 FROM things');
    const handlers = new Set<unknown>();
    for (let n = 0; n < 2; n++) {
      await inTrace(async ({ traceId }) => {
        const ended = new Promise((resolve) => query.once('end', () => resolve(activeTraceId())));
        client.query(query);
        expect(await ended).toBe(traceId);
      });
      handlers.add((query as any).handleError);
    }
    expect(await traced.queries(2)).toHaveLength(2);
    expect(handlers.size).toBe(1);
  });

  test('ends when its query object is used again before it finished', async () => {
    const unconnected = new traced.pg.Client(traced.connection);
    const query = new traced.pg.Query('SELECT 1');
    await inTrace(async () => {
      unconnected.query(query);
      unconnected.query(query);
    });
    expect(await traced.queries(1)).toHaveLength(1);
  });

  test('ends with an error for each running or waiting query of a lost connection', async () => {
    client.on('error', () => {});
    await inTrace(async () => {
      const waiting = ['SELECT pg_sleep(5)', 'SELECT 2', 'SELECT 3'].map((text) => client.query(text).catch(() => {}));
      (client as any).connection.stream.destroy();
      await Promise.all(waiting);
    });
    const spans = await traced.queries(3);
    expect(spans.map(({ status }) => status.code)).toEqual([SpanStatusCode.ERROR, SpanStatusCode.ERROR, SpanStatusCode.ERROR]);
  });
});

function failWith(code: string): never {
  throw Object.assign(new Error('secret'), { code });
}

afterAll(() => traced.instrumentation.disable());
