// A pool of connections to PostgreSQL, and the errors that clients may see.
import { readFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import type { FastifyBaseLogger } from 'fastify';
import pg from 'pg';
import { ServiceError } from '../service/errors.ts';
import type { Config } from './config.ts';

export interface Database {
  /** @throws {ServiceError} 503 while PostgreSQL is unreachable, 504 when it is too slow */
  query<Row extends pg.QueryResultRow>(text: string, values: unknown[]): Promise<Row[]>;
  /** @throws {ServiceError} 503 or 504 if a write would fail */
  check(): Promise<void>;
  /** Waits for the queries in flight. */
  close(): Promise<void>;
}

const schema = new URL('schema.sql', import.meta.url);

/** Returns at once; the schema is created as soon as PostgreSQL is reachable. */
export function openDatabase(config: Config, log: FastifyBaseLogger): Database {
  const pool = new pg.Pool({
    host: config.PGHOST,
    port: config.PGPORT,
    database: config.PGDATABASE,
    user: config.PGUSER,
    password: config.PGPASSWORD,
    max: config.POOL_SIZE,
    application_name: 'backend',
    connectionTimeoutMillis: config.DATABASE_TIMEOUT_MS,
    statement_timeout: config.DATABASE_TIMEOUT_MS,
    query_timeout: config.DATABASE_TIMEOUT_MS + 500, // for a server that does not respond at all
  });
  pool.on('error', (error) => log.warn(`PostgreSQL closed a connection: ${error.message}`));

  const closing = new AbortController();
  let isSchemaApplied = false;
  const schemaApplied = applySchema();

  async function applySchema(): Promise<void> {
    const sql = await readFile(schema, 'utf8');
    let lastReason = '';
    while (!closing.signal.aborted) {
      try {
        await pool.query(sql);
        isSchemaApplied = true;
        return log.info(`PostgreSQL at ${config.PGHOST}:${config.PGPORT} is ready`);
      } catch (error) {
        const reason = reasonOf(error);
        if (reason !== lastReason)
          log.warn(`PostgreSQL at ${config.PGHOST}:${config.PGPORT} is not ready: ${reason}; retrying every second`);
        lastReason = reason;
        await pause(1_000, undefined, { signal: closing.signal }).catch(() => {});
      }
    }
  }

  return {
    async query(text, values) {
      if (!isSchemaApplied) throw new ServiceError(503, 'the database is not ready', { retryAfterSeconds: 1 });
      try {
        return (await pool.query(text, values)).rows;
      } catch (error) {
        throw toClientError(error);
      }
    },
    async check() {
      await this.query('SELECT 1', []);
    },
    async close() {
      closing.abort();
      await schemaApplied;
      await pool.end();
    },
  };
}

/** For several addresses, `connect ECONNREFUSED` is an AggregateError without a message. */
function reasonOf(error: unknown): string {
  const { message, code } = error as { message?: string; code?: string };
  return message || code || String(error);
}

/** The connection was lost (classes 08 and 57P), the server is out of resources (53), or Node.js or pg could not reach it. */
const unavailable = {
  codes: /^(08|53|57P|E[A-Z]+$)/, // https://www.postgresql.org/docs/current/errcodes-appendix.html
  messages: /^(timeout exceeded when trying to connect|Connection terminated|Client (was closed|has encountered))/, // pg's, without a code
};

/** Messages of these error classes contain values: data, constraints, checks, and text raised by triggers. */
const containsValues = /^(22|23|44|P0)/;

function toClientError(cause: unknown): unknown {
  const { code = '', message = '', errors } = cause as { code?: string; message?: string; errors?: unknown[] };
  if (code === '57014' || message === 'Query read timeout') return new ServiceError(504, 'the database is too slow', { cause });
  const isUnavailable = unavailable.codes.test(code) || unavailable.messages.test(message) || errors !== undefined;
  if (containsValues.test(code)) return new Error(`PostgreSQL rejected the statement (${code})`);
  return isUnavailable ? new ServiceError(503, 'the database is unreachable', { cause, retryAfterSeconds: 1 }) : cause;
}
