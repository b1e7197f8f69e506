// pg, instrumented in the test process, with its own database.
import { createRequire } from 'node:module';
import { context, ROOT_CONTEXT, type SpanContext, SpanKind, type Tracer, trace } from '@opentelemetry/api';
import type { ReadableSpan, Sampler } from '@opentelemetry/sdk-trace';
import type { Client, ClientConfig, Pool, PoolConfig } from 'pg';
import { inject } from 'vitest';
import { createDatabase } from '../../../test/support/postgres.ts';
import { until } from '../../../test/support/until.ts';
import { PgInstrumentation } from '../../src/pg.ts';
import { startInMemory } from './in-memory.ts';

export type Pg = typeof import('pg');

export async function startTracedPg(database: string, options: { sampler?: Sampler } = {}) {
  const telemetry = startInMemory(options);
  const instrumentation = new PgInstrumentation();
  const require = createRequire(import.meta.url);
  const pg = require('pg') as Pg;
  const settings = await createDatabase(inject('postgres'), database);
  const connection = {
    host: 'localhost',
    port: Number(settings.PGPORT),
    user: settings.PGUSER as string,
    password: settings.PGPASSWORD as string,
    database,
  };

  /** Another version or copy, which is not found by name. */
  function load(name: string): Pg {
    const module = require(name) as Pg;
    instrumentation.getModuleDefinitions()[0]?.patch?.(module);
    return module;
  }

  async function connect(config: ClientConfig = {}, from: Pg = pg): Promise<Client> {
    const client = new from.Client({ ...connection, ...config });
    await client.connect();
    return client;
  }

  const createPool = (config: PoolConfig = {}, from: Pg = pg): Pool => new from.Pool({ ...connection, ...config });

  /** Waits for this number of query spans. @returns the query spans */
  async function queries(count: number): Promise<ReadableSpan[]> {
    const ended = () => telemetry.spans().filter(({ kind }) => kind === SpanKind.CLIENT);
    await until(`${count} spans of queries`, () => ended().length >= count);
    return ended();
  }

  return { ...telemetry, instrumentation, require, pg, load, connection, connect, createPool, queries };
}

export const tracer: Tracer = trace.getTracer('test');

/** Runs in a new trace, like a request. */
export function inTrace<Result>(run: (request: SpanContext) => Promise<Result>): Promise<Result> {
  return tracer.startActiveSpan('request', {}, ROOT_CONTEXT, async (span) => {
    try {
      return await run(span.spanContext());
    } finally {
      span.end();
    }
  });
}

/** Runs outside of any trace. */
export function outsideTrace<Result>(run: () => Result): Result {
  return context.with(ROOT_CONTEXT, run);
}
