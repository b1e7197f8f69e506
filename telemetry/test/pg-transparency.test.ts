// biome-ignore-all lint/suspicious/noExplicitAny: call shapes that pg's types refuse
// pg behaves the same for the application with and without instrumentation.
import { AsyncLocalStorage } from 'node:async_hooks';
import { EventEmitter } from 'node:events';
import { SpanKind, SpanStatusCode } from '@opentelemetry/api';
import { SamplingDecision } from '@opentelemetry/sdk-trace';
import type { Client } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import Cursor from 'pg-cursor';
import QueryStream from 'pg-query-stream';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { until } from '../../test/support/until.ts';
import { inTrace, type Pg, startTracedPg } from './support/traced-pg.ts';

let started = 0;
const traced = await startTracedPg('pg_as_bare', {
  sampler: {
    shouldSample: (_context, _traceId, _name, kind) => {
      if (kind === SpanKind.CLIENT) started++;
      return { decision: SamplingDecision.RECORD_AND_SAMPLED };
    },
  },
});
const versions = ['pg-8.11', 'pg-8.16', 'pg'];
const modules = new Map(versions.map((name) => [name, name === 'pg' ? traced.pg : traced.load(name)]));

beforeEach(() => {
  started = 0;
  traced.clear();
});
afterAll(() => traced.instrumentation.disable());

/** @returns what a scenario observes without instrumentation, and with instrumentation in a trace */
async function compare<Seen>(run: () => Promise<Seen>): Promise<{ bare: Seen; ours: Seen }> {
  traced.instrumentation.disable();
  const bare = await run();
  traced.instrumentation.enable();
  const ours = await inTrace(run);
  return { bare, ours };
}

/** Waits for the work a query does on later ticks. */
async function settle(client: Client): Promise<void> {
  await client.query('SELECT 1').catch(() => {});
  await new Promise((resolve) => setImmediate(resolve));
}

const describeError = (error: any) => `${error?.constructor?.name} ${error?.code} ${error?.message}`;
const outcome = (call: () => unknown) => {
  try {
    return Promise.resolve(call()).then(
      (result: any) => `resolved with ${result?.rows?.length ?? typeof result}`,
      (error) => `rejected with ${describeError(error)}`,
    );
  } catch (error) {
    return `thrown: ${describeError(error)}`;
  }
};

const refused: Record<string, (client: any, pg: Pg) => unknown> = {
  'no query': (client) => client.query(),
  null: (client) => client.query(null),
  'a number': (client) => client.query(5),
  'a config without text': (client) => client.query({ text: null }),
  'an empty config': (client) => client.query({}),
  'an empty text': (client) => client.query(''),
  'values that are no array': (client) => client.query({ text: 'SELECT $1', values: 5 }),
  'a value that cannot be written': (client) => client.query('SELECT $1', [{ toPostgres: () => fail('a bad value') }]),
  'a syntax error': (client) => client.query('SELEC 1'),
  'a second text for a name': async (client) => {
    await client.query({ name: 'one', text: 'SELECT 1' });
    return client.query({ name: 'one', text: 'SELECT 2' });
  },
  'a row that cannot be parsed': (client) =>
    client.query({ text: 'SELECT 1', types: { getTypeParser: () => () => fail('a bad row') } }),
  'a row whose parser throws nothing': (client) =>
    client.query({
      text: 'SELECT 1',
      types: {
        getTypeParser: () => () => {
          throw undefined;
        },
      },
    }),
  'a query that takes too long': (client) => client.query({ text: 'SELECT pg_sleep(0.3)', query_timeout: 20 }),
  'a query that takes too long, by callback': (client) =>
    new Promise((resolve, reject) => {
      client.query({ text: 'SELECT pg_sleep(0.3)', query_timeout: 20 }, (error: unknown, result: unknown) =>
        error ? reject(error) : resolve(result),
      );
    }),
  'a query behind one that kills the connection': async (client) => {
    client.on('error', () => {});
    client.query('SELECT pg_terminate_backend(pg_backend_pid())').catch(() => {});
    return client.query('SELECT 2');
  },
  'a client that has ended': async (client) => {
    await client.end();
    return client.query('SELECT 1');
  },
  'a query that cannot be extended': (client) => {
    const query = { submit: () => undefined, handleError() {}, handleReadyForQuery() {}, text: 'SELECT 1' };
    return client.query(Object.freeze(query));
  },
};

/** After these the client waits for a response that never arrives. */
const blocking = ['a query that cannot be extended', 'a value that cannot be written'];

function fail(message: string): never {
  throw Object.assign(new TypeError(message), { code: 'E_TEST' });
}

describe.each(versions)('%s: a failing call fails as without instrumentation, and its span ends once', (version) => {
  test.each(Object.keys(refused))('%s', async (shape) => {
    const pg = modules.get(version) as Pg;
    const { bare, ours } = await compare(async () => {
      const client = new pg.Client(traced.connection);
      await client.connect();
      client.on('error', () => {});
      const seen = await outcome(() => refused[shape]?.(client, pg));
      if (!blocking.includes(shape)) await settle(client);
      (client as any).connection.stream.destroy();
      return seen;
    });
    expect(ours).toBe(bare);
    expect(await traced.queries(started)).toHaveLength(started);
    for (const span of traced.spans()) expect(span.status.message).toBeUndefined();
  });
});

describe.each(versions)('%s: the promise returned by pg is passed through', (version) => {
  test('nothing else calls its then(), so an unhandled rejection stays unhandled', async () => {
    const pg = modules.get(version) as Pg;
    let chained = 0;
    class Counting<Value> extends Promise<Value> {
      // biome-ignore lint/suspicious/noThenProperty: it counts
      override then(...args: any[]): any {
        chained++;
        return super.then(...args);
      }
    }
    const { bare, ours } = await compare(async () => {
      const client = new pg.Client({ ...traced.connection, Promise: Counting } as any);
      await new Promise<void>((resolve) => void client.connect(() => resolve()));
      chained = 0;
      const promise = client.query('SELECT 1');
      const isTheirs = promise instanceof Counting;
      await new Promise<void>((resolve) => client.query('SELECT 2', () => resolve()));
      await new Promise<void>((resolve) => client.end(() => resolve()));
      return { chained, isTheirs };
    });
    expect(ours).toEqual(bare);
    expect(ours.isTheirs).toBe(true);
  });
});

describe.each(versions)('%s: an AsyncLocalStorage of the application', (version) => {
  test('has the same value in each callback and event as without instrumentation', async () => {
    const pg = modules.get(version) as Pg;
    const own = new AsyncLocalStorage<string>();
    const { bare, ours } = await compare(async () => {
      const seen: string[] = [];
      const note = (what: string) => () => seen.push(`${what}: ${own.getStore()}`);
      const client = await own.run('connecting', async () => {
        const opened = new pg.Client({
          ...traced.connection,
          password: (() => note('password')() && traced.connection.password) as any,
        });
        opened.on('notification', note('notification'));
        opened.on('notice', note('notice'));
        opened.on('connect', note('connect'));
        opened.on('end', note('end'));
        await new Promise<void>((resolve) => {
          opened.connect(() => {
            note('connected')();
            resolve();
          });
        });
        return opened;
      });
      const within = (store: string, run: (done: () => void) => void) => own.run(store, () => new Promise<void>(run));
      await within('callback', (done) => client.query('SELECT 1', () => note('callback')() && done()));
      await within('events', (done) => {
        const query = client.query(new pg.Query('SELECT 1'));
        query.on('row', note('row'));
        query.on('end', () => note('end of query')() && done());
      });
      await within('cursor', (done) => {
        const cursor = client.query(new Cursor('SELECT 1'));
        cursor.read(1, () => {
          note('read')();
          cursor.close(() => note('close')() && done());
        });
      });
      await within('stream', (done) => {
        const stream = client.query(new QueryStream('SELECT 1'));
        stream.on('data', note('data'));
        stream.on('close', () => note('closed')() && done());
      });
      await within('notify', (done) => client.query("LISTEN x; NOTIFY x; DO $$ BEGIN RAISE NOTICE 'n'; END $$", () => done()));
      const pool = new pg.Pool({ ...traced.connection, max: 1, idleTimeoutMillis: 1 });
      for (const event of ['connect', 'acquire', 'release', 'remove'] as const) pool.on(event as 'connect', note(event));
      await Promise.all(
        ['one', 'two'].map((name) => within(name, (done) => pool.query('SELECT 1', () => note('pool')() && done()))),
      );
      await within('end', (done) => void pool.end(() => note('pool ended')() && done()));
      await within('client end', (done) => void client.end(() => note('client ended')() && done()));
      await until('the removal', () => seen.some((each) => each.startsWith('remove')));
      return seen.sort();
    });
    expect(ours).toEqual(bare);
    expect(ours).toContain('callback: connecting'); // the store of the socket: Node.js binds no callback
  });
});

describe.each(versions)('%s: the objects of pg', (version) => {
  test('have the same properties, listeners and classes', async () => {
    const pg = modules.get(version) as Pg;
    const { bare, ours } = await compare(async () => {
      const client = new pg.Client(traced.connection);
      await client.connect();
      const seen: unknown[] = [];
      let plain: any;
      await new Promise<void>((resolve) => {
        client.query('SELECT 1', function (this: unknown) {
          plain = this;
          resolve();
        });
      });
      const query = new pg.Query('SELECT 1');
      const cursor = new Cursor('SELECT 1');
      const stream = new QueryStream('SELECT 1');
      const copy = copyFrom('COPY t FROM STDIN');
      for (const each of [query, cursor, stream] as any[]) {
        expect(client.query(each)).toBe(each);
        const ended = new Promise((resolve) => each.on('end', resolve));
        if (each.resume) each.resume();
        else each.close?.();
        await ended;
      }
      await new Promise((resolve) => client.query(copy).on('error', resolve));
      for (const each of [plain, query, cursor, stream, copy, client] as any[]) {
        const emitter = each as EventEmitter;
        seen.push(
          each && [
            Reflect.ownKeys(each)
              .filter((key) => Object.prototype.propertyIsEnumerable.call(each, key))
              .map(String),
            each.constructor.name,
            each instanceof EventEmitter && emitter.eventNames().map((name) => [name, emitter.listenerCount(name)]),
            each instanceof pg.Query,
          ],
        );
      }
      seen.push(Object.keys(pg.Query.prototype), Object.keys(pg.Client.prototype), Object.keys(pg.Pool.prototype));
      await client.end();
      return seen;
    });
    expect(ours).toEqual(bare);
  });
});

test('the span of a query the database rejects has the status ERROR without a message', async () => {
  await inTrace(async () => {
    const client = await traced.connect();
    await client.query('SELECT nothing').catch(() => {});
    await client.end();
  });
  const [span] = await traced.queries(1);
  expect(span?.status).toEqual({ code: SpanStatusCode.ERROR });
});
