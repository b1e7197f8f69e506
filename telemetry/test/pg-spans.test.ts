// biome-ignore-all lint/suspicious/noExplicitAny: call shapes that pg's types leave out
import { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { hrTimeToMicroseconds } from '@opentelemetry/core';
import type { Client } from 'pg';
import { from as copyFrom, to as copyTo } from 'pg-copy-streams';
import Cursor from 'pg-cursor';
import QueryStream from 'pg-query-stream';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { activeTraceId } from './support/in-memory.ts';
import { inTrace, outside, type Pg, startTracedPg } from './support/traced-pg.ts';

const traced = await startTracedPg('pg_spans');
const none = 'none';

/** Each resolves to the trace that its callbacks and events ran in. */
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
  'a class of its own': (client, { Query }) => {
    class OwnQuery extends (Query as any) {
      done: Promise<string>;
      constructor(text: string) {
        super(text);
        this.done = new Promise((resolve) => {
          (this as any).finished = resolve;
        });
      }
      handleReadyForQuery(connection: unknown) {
        (this as any).finished(activeTraceId());
        super.handleReadyForQuery(connection);
      }
    }
    const query = new OwnQuery('SELECT 1 FROM things');
    client.query(query as any);
    return query.done;
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
      for (let n = 0; n < 200; n++) stream.write(`${'7'.repeat(1_000)}\n`, () => traces.add(activeTraceId()));
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

await outside(async () => {
  const client = await traced.connect();
  await client.query('CREATE TABLE things (n text); INSERT INTO things VALUES (1)');
  await client.end();
});

beforeEach(() => traced.clear());

describe.each(Object.keys(versions))(
  '%s: a query has one span, and its callbacks and events the trace of its caller',
  (version) => {
    const pg = versions[version] as Pg;
    let client: Client;
    beforeEach(async () => {
      client = await outside(() => traced.connect({}, pg));
      return () => client.end();
    });

    test.each(Object.keys(shapes))('%s', async (shape) => {
      // An earlier request on the same connection, which has ended.
      await inTrace(() => client.query('SELECT 0 FROM things'));
      const spanId = await inTrace(async ({ traceId, spanId }) => {
        expect(await shapes[shape]?.(client, pg)).toBe(traceId);
        return spanId;
      });
      const [, ...spans] = await traced.queries(2);
      expect(spans.map(({ parentSpanContext }) => parentSpanContext?.spanId)).toEqual([spanId]);
      expect(spans[0]?.name).toMatch(/^(SELECT|COPY) things$/);
    });

    test('outside a trace there is no span, and the callback is in none', async () => {
      await inTrace(() => client.query('SELECT 0 FROM things'));
      const seen = await outside(() => new Promise((resolve) => void client.query('SELECT 1', () => resolve(activeTraceId()))));
      expect(seen).toBe(none);
      expect(await traced.queries(1)).toHaveLength(1);
    });
  },
);

describe('a span', () => {
  let client: Client;
  beforeEach(async () => {
    client = await outside(() => traced.connect());
    return () => client.end();
  });

  test('lies within its parent, also where the callback ends the parent', async () => {
    await inTrace(() => client.query('SELECT 1'));
    await traced.queries(1);
    const [query, request] = traced.spans();
    expect(hrTimeToMicroseconds(query!.startTime)).toBeGreaterThanOrEqual(hrTimeToMicroseconds(request!.startTime));
    expect(hrTimeToMicroseconds(query!.endTime)).toBeLessThanOrEqual(hrTimeToMicroseconds(request!.endTime));
  });
});

afterAll(() => traced.instrumentation.disable());
