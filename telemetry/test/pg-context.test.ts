// Which trace is active in callbacks and events of pg and its pool.
import { Socket } from 'node:net';
import { context } from '@opentelemetry/api';
import type { Client, ClientConfig, Notification, Pool, PoolClient } from 'pg';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { until } from '../../test/support/until.ts';
import { activeTraceId } from './support/in-memory.ts';
import { inTrace, outsideTrace, startTracedPg } from './support/traced-pg.ts';

const traced = await startTracedPg('pg_context');
const PgPool = traced.require('pg-pool') as typeof import('pg-pool');
const none = 'none';

beforeEach(() => traced.clear());
afterAll(() => traced.instrumentation.disable());

const pools = {
  'pg.Pool': (config: object) => new traced.pg.Pool({ ...traced.connection, ...config }),
  'pg-pool, used directly': (config: object) => new PgPool({ ...traced.connection, ...config }) as unknown as Pool,
};

describe.each(Object.keys(pools) as (keyof typeof pools)[])(
  '%s: a caller that waits for a client continues in its own trace',
  (kind) => {
    const ways: Record<string, (pool: Pool) => Promise<string>> = {
      'query by promise': async (pool) => {
        await pool.query('SELECT 1');
        return activeTraceId();
      },
      'query by callback': (pool) => new Promise((resolve) => void pool.query('SELECT 1', () => resolve(activeTraceId()))),
      'connect by promise': async (pool) => {
        const client = await pool.connect();
        await client.query('SELECT 1');
        client.release();
        return activeTraceId();
      },
      'connect by callback': (pool) =>
        new Promise((resolve) => {
          pool.connect((_error, client, done) => {
            client?.query('SELECT 1', () => {
              done();
              resolve(activeTraceId());
            });
          });
        }),
    };

    test.each(
      Object.keys(ways).flatMap((way) => [
        [way, {}],
        [way, { connectionTimeoutMillis: 10_000 }],
        [way, { maxUses: 1 }],
      ]) as [string, object][],
    )('%s, with %j', async (way, config) => {
      const pool = outsideTrace(() => pools[kind]({ max: 1, ...config }));
      const requests = await Promise.all(
        [1, 2, 3, 4].map(() =>
          inTrace(async ({ traceId, spanId }) => {
            expect(await ways[way]?.(pool)).toBe(traceId);
            return spanId;
          }),
        ),
      );
      const queries = await traced.queries(requests.length);
      expect(queries.map(({ parentSpanContext }) => parentSpanContext?.spanId).sort()).toEqual(requests.sort());
      await pool.end();
    });

    test('a call outside a trace stays outside, even if a request releases its client', async () => {
      const pool = outsideTrace(() => pools[kind]({ max: 1 }));
      const held = await inTrace(() => pool.connect());
      const waiting = outsideTrace(() => new Promise((resolve) => pool.query('SELECT 1', () => resolve(activeTraceId()))));
      await inTrace(async () => held.release());
      expect(await waiting).toBe(none);
      await pool.end();
      expect(traced.spans().filter(({ name }) => name === 'SELECT')).toEqual([]);
    });

    test('in the callback of a call that times out or finds the pool ended', async () => {
      const pool = outsideTrace(() => pools[kind]({ max: 1 }));
      const held = await outsideTrace(() => pool.connect());
      pool.options.connectionTimeoutMillis = 20;
      await inTrace(async ({ traceId }) => {
        expect(await new Promise((resolve) => pool.query('SELECT 1', () => resolve(activeTraceId())))).toBe(traceId);
      });
      held.release();
      await inTrace(async ({ traceId }) => {
        expect(await new Promise((resolve) => void pool.end(() => resolve(activeTraceId())))).toBe(traceId);
        expect(await new Promise((resolve) => pool.query('SELECT 1', () => resolve(activeTraceId())))).toBe(traceId);
      });
    });

    test('in the callback of connect(), regardless of who calls the callback of `verify`', async () => {
      const verify = (_client: unknown, done: (error?: Error) => void) => outsideTrace(() => setImmediate(done));
      const pool = outsideTrace(() => pools[kind]({ verify }));
      await inTrace(async ({ traceId }) => {
        const seen = await new Promise((resolve) => {
          pool.connect((_error, _client, done) => {
            done();
            resolve(activeTraceId());
          });
        });
        expect(seen).toBe(traceId);
      });
      await pool.end();
    });

    test('in the callback of a query whose connection is lost', async () => {
      const pool = outsideTrace(() => pools[kind]({ max: 1 }));
      pool.once('acquire', (client) =>
        (client as unknown as { connection: { stream: Socket } }).connection.stream.destroy(new Error('lost')),
      );
      await inTrace(async ({ traceId }) => {
        const seen = await new Promise((resolve) =>
          pool.query('SELECT 1', (error) => resolve(`${error.message} ${activeTraceId()}`)),
        );
        expect(seen).toBe(`lost ${traceId}`);
      });
      await pool.end();
    });

    test('a client created for a waiting call connects in the trace of that call', async () => {
      const pool = outsideTrace(() => pools[kind]({ max: 1, maxUses: 1 }));
      const connected: string[] = [];
      pool.on('connect', () => connected.push(activeTraceId()));
      const [first, second] = await Promise.all(
        [1, 2].map(() => inTrace(async ({ traceId }) => pool.query('SELECT 1').then(() => traceId))),
      );
      expect(connected).toEqual([first, second]);
      await pool.end();
    });
  },
);

describe('later events on a connection belong to no request', () => {
  /** A connection that was opened by a request, which ran LISTEN and has ended. */
  async function listening(config: ClientConfig = {}): Promise<Client> {
    return inTrace(async () => {
      const client = await traced.connect(config);
      await client.query('LISTEN news');
      return client;
    });
  }

  test('a notification, even while another request runs a query', async () => {
    const client = await listening();
    const seen: string[] = [];
    client.on('notification', ({ payload }: Notification) => seen.push(`${payload} ${activeTraceId()}`));
    const other = await outsideTrace(() => traced.connect());
    await other.query("NOTIFY news, 'idle'");
    await until('the first notification', () => seen.length === 1);
    await inTrace(() => client.query("NOTIFY news, 'busy'"));
    await until('the second notification', () => seen.length === 2);
    expect(seen).toEqual([`idle ${none}`, `busy ${none}`]);
    await Promise.all([client.end(), other.end()]);
  });

  test('a notification on a socket opened by the application', async () => {
    const seen: string[] = [];
    const stream = () => {
      const socket = new Socket();
      return Object.assign(socket, { connect: context.bind(context.active(), socket.connect) });
    };
    const client = await listening({ stream });
    client.on('notification', () => seen.push(activeTraceId()));
    await outsideTrace(() => client.query('NOTIFY news'));
    await until('the notification', () => seen.length > 0);
    expect(seen).toEqual([none]);
    await client.end();
  });

  test('error and end of an idle connection', async () => {
    const client = await listening();
    const seen: string[] = [];
    for (const event of ['error', 'end'] as const) client.on(event, () => seen.push(`${event} ${activeTraceId()}`));
    await terminate(client);
    await until('both events', () => seen.length >= 2);
    expect([...new Set(seen)]).toEqual([`error ${none}`, `end ${none}`]);
  });

  test('the error of an idle client of a pool', async () => {
    const pool = outsideTrace(() => traced.createPool());
    const seen: string[] = [];
    pool.on('error', () => seen.push(activeTraceId()));
    const client = await inTrace(() => pool.connect());
    await inTrace(async () => client.release());
    await terminate(client);
    await until('the error', () => seen.length > 0);
    expect(seen).toEqual([none]);
    await pool.end();
  });

  test.each([{ idleTimeoutMillis: 10 }, { maxLifetimeSeconds: 0.01 }])('the timers of a pool: %j', async (config) => {
    const pool = outsideTrace(() => traced.createPool(config));
    const seen = new Set<string>();
    await inTrace(async () => {
      const client = await pool.connect();
      client.release();
    });
    for (const event of ['acquire', 'release', 'remove'] as const) pool.on(event as 'acquire', () => seen.add(activeTraceId()));
    await until('an idle pool', () => seen.size > 0 && pool.totalCount === 0);
    expect([...seen]).toEqual([none]);
    await pool.end();
  });

  async function terminate(client: Client | PoolClient): Promise<void> {
    const other = await outsideTrace(() => traced.connect());
    await other.query('SELECT pg_terminate_backend($1)', [(client as unknown as { processID: number }).processID]);
    await other.end();
  }
});

describe('opening a connection belongs to the trace of the caller of connect()', () => {
  test('in its callback, the password function and the connect event', async () => {
    await inTrace(async ({ traceId }) => {
      const seen: string[] = [];
      const password = () => {
        seen.push(`password ${activeTraceId()}`);
        return traced.connection.password;
      };
      const client = new traced.pg.Client({ ...traced.connection, password });
      client.once('connect', () => seen.push(`event ${activeTraceId()}`));
      await new Promise<void>((resolve) => {
        client.connect(() => {
          seen.push(`callback ${activeTraceId()}`);
          resolve();
        });
      });
      await client.query('SELECT 1');
      expect(seen).toEqual([`password ${traceId}`, `callback ${traceId}`, `event ${traceId}`]);
      expect(await new Promise((resolve) => client.end(() => resolve(activeTraceId())))).toBe(traceId);
    });
  });

  test('in its callback for a failed connection', async () => {
    await inTrace(async ({ traceId }) => {
      const client = new traced.pg.Client({ ...traced.connection, port: 1 });
      expect(await new Promise((resolve) => client.connect(() => resolve(activeTraceId())))).toBe(traceId);
    });
  });
});

test('a notice belongs to the trace of the query that raises it', async () => {
  const client = await outsideTrace(() => traced.connect());
  const seen: string[] = [];
  client.on('notice', () => seen.push(activeTraceId()));
  await inTrace(async ({ traceId }) => {
    await client.query("DO $$ BEGIN RAISE NOTICE 'careful'; END $$");
    expect(seen).toEqual([traceId]);
  });
  await client.end();
});
