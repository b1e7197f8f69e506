// No span of any instrumentation contains values of a statement or messages of a database.
import { type Attributes, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import pg from 'pg';
import { afterEach, describe, expect, inject, test } from 'vitest';
import { rememberDatabaseError } from '../src/database-error.ts';
import { spanProcessors } from '../src/processors.ts';

const exporter = new InMemorySpanExporter();
trace.setGlobalTracerProvider(
  new TracerProvider({ spanProcessors: spanProcessors([new SimpleSpanProcessor({ exporter })], {}) }),
);
const tracer = trace.getTracer('another instrumentation');
afterEach(() => exporter.reset());

const secret = 'canary4711';

/** Returns the exported span and fails if it contains the secret. */
function exported() {
  const [span] = exporter.getFinishedSpans();
  if (!span) throw new Error('no span');
  const { name, kind, attributes, events, status } = span;
  expect(JSON.stringify({ name, attributes, events, status })).not.toContain(secret);
  return { name, kind, attributes, status, events };
}

function databaseSpan(attributes: Attributes, name = 'query') {
  return tracer.startSpan(name, { kind: SpanKind.CLIENT, attributes });
}

describe('statements', () => {
  const parametrised: [system: string, text: string][] = [
    ['postgresql', 'SELECT "First name" FROM users WHERE id = $1'],
    ['pg', 'insert into "users" ("name") values (?)'],
    ['mysql', 'SELECT `name`, `2nd` FROM users2 WHERE id = ? AND name = :name'],
    ['microsoft.sql_server', 'UPDATE users SET name = @P1 WHERE id = @id'],
    ['cassandra', 'INSERT INTO users (id) VALUES (?)'],
    ['redis', 'GET'],
  ];
  test.each(parametrised)('%s: %s is exported', (system, text) => {
    for (const name of ['db.query.text', 'db.statement']) {
      databaseSpan({ 'db.system.name': system, [name]: text }).end();
      expect(exported().attributes[name]).toBe(text);
      exporter.reset();
    }
  });

  const withValues: [system: string, text: string, summary: string | undefined][] = [
    ['mysql', `INSERT INTO users (name) VALUES ('${secret}')`, 'INSERT users'],
    ['mysql', `SELECT * FROM users WHERE name = "${secret}"`, 'SELECT users'],
    ['mysql', `INSERT INTO users VALUES ('it\\'s', (SELECT 1 FROM ${secret}))`, 'INSERT users'],
    ['mysql', `SELECT * FROM users WHERE id = 4711 /* ${secret} */`, 'SELECT users'],
    ['mysql', `SELECT * FROM users # ${secret}`, 'SELECT users'],
    ['oracle.db', `SELECT q'[it's FROM ${secret} -- ]' FROM users`, 'SELECT'],
    ['sqlite', `SELECT * FROM users WHERE name = x'${secret}'`, 'SELECT users'],
    ['mssql', `SELECT * FROM users WHERE name = N'${secret}'`, 'SELECT users'],
    ['redis', `SET user:${secret} value`, 'SET'],
    ['redis', `GET ${secret}`, 'GET'],
    ['memcached', `get ${secret}`, 'get'],
    ['mongodb', `{"name":"${secret}"}`, undefined],
    ['elasticsearch', `{"query":{"match":{"name":"${secret}"}}}`, undefined],
    ['unknown', `FIND ${secret}`, 'FIND'],
    ['', `FIND ${secret}`, 'FIND'],
  ];
  test.each(withValues)('%s: %s is summarized as %s', (system, text, summary) => {
    for (const name of ['db.query.text', 'db.statement']) {
      databaseSpan({ 'db.system': system, [name]: text }).end();
      const { attributes } = exported();
      expect(attributes[name]).toBeUndefined();
      expect(attributes['db.query.summary']).toBe(summary);
      exporter.reset();
    }
  });

  test('of PostgreSQL are exported with ? in place of each value', () => {
    databaseSpan({
      'db.system.name': 'postgresql',
      'db.query.text': `SELECT * FROM users WHERE name = '${secret}' AND id = 5`,
    }).end();
    expect(exported().attributes).toMatchObject({
      'db.query.text': 'SELECT * FROM users WHERE name = ? AND id = ?',
      'db.query.summary': 'SELECT users',
    });
  });

  test('are summarized from their beginning if they are long', () => {
    databaseSpan({
      'db.system.name': 'mysql',
      'db.query.text': `SELECT * FROM users WHERE id IN (${'?,'.repeat(500_000)}?)`,
    }).end();
    expect(exported().attributes['db.query.summary']).toBe('SELECT users');
  });

  test('are exported without parameter values', () => {
    databaseSpan({
      'db.system.name': 'mysql',
      'db.query.parameter.email': secret,
      'db.query.parameters': secret,
      'db.operation.parameter.0': secret,
      'db.mysql.values': secret,
      'db.memcached.key': secret,
      'db.statement.params': [secret],
      'db.collection.name': 'keys',
      'db.operation.name': 'values',
    }).end();
    expect(exported().attributes).toEqual({
      'db.system.name': 'mysql',
      'db.collection.name': 'keys',
      'db.operation.name': 'values',
    });
  });

  test('do not become the name of a span', () => {
    databaseSpan({ 'db.system.name': 'mysql', 'db.query.text': `SELECT\n'${secret}'` }, `SELECT\n'${secret}'`).end();
    expect(exported().name).toBe('SELECT');
    exporter.reset();
    databaseSpan({ 'db.system.name': 'mysql', 'db.query.text': `CALL f('${secret}')` }, 'CALL').end();
    expect(exported().name).toBe('CALL');
  });
});

describe('database error messages', () => {
  async function uniqueViolation(): Promise<Error> {
    const { port, user, password } = inject('postgres');
    const client = new pg.Client({ host: 'localhost', port, user, password, database: 'postgres' });
    await client.connect();
    try {
      await client.query('CREATE TEMPORARY TABLE people (email text UNIQUE)');
      const insert = () => client.query('INSERT INTO people VALUES ($1::integer::text)', [secret]);
      await insert();
    } catch (error) {
      return error as Error;
    } finally {
      await client.end();
    }
    throw new Error('expected an error');
  }

  test.each([SpanKind.SERVER, SpanKind.INTERNAL, SpanKind.CLIENT])(
    'are removed from an error of pg on a span of kind %i',
    async (kind) => {
      const error = await uniqueViolation();
      expect(error.message).toContain(secret);
      const span = tracer.startSpan('any', { kind });
      span.recordException(error);
      span.setStatus({ code: SpanStatusCode.ERROR, message: error.message });
      span.end();
      const { events, status } = exported();
      expect(status).toEqual({ code: SpanStatusCode.ERROR });
      expect(events).toHaveLength(1);
      const { 'exception.type': type, 'exception.message': message, 'exception.stacktrace': stack } = events[0]?.attributes ?? {};
      expect({ type, message }).toEqual({ type: '22P02', message: undefined });
      expect(stack).toMatch(/^error\n {4}at .*span-privacy\.test\.ts/s);
    },
  );

  const errorOf = (name: string, message: string, fields: object = {}) => Object.assign(new Error(message), { name }, fields);
  const driverError = (message: string) => errorOf('error', message, { code: '23505', severity: 'ERROR' });
  /** A different message for each test, because messages are remembered. */
  const messageOf = (what: string) => `duplicate key value: Key (email)=(${secret}) already exists: ${what}`;

  test.each<[string, (message: string) => unknown]>([
    [
      'mysql2',
      (message) => errorOf('Error', message, { code: 'ER_DUP_ENTRY', errno: 1062, sqlState: '23000', sqlMessage: message }),
    ],
    ['mongodb', (message) => errorOf('MongoServerError', message, { code: 11000 })],
    ['ioredis', (message) => errorOf('ReplyError', message, { command: { name: 'set', args: [secret] } })],
    ['node-redis', (message) => Object.assign(new (class ErrorReply extends Error {})(message))],
    ['better-sqlite3', (message) => errorOf('SqliteError', message, { code: 'SQLITE_CONSTRAINT_UNIQUE' })],
    ['node:sqlite', (message) => errorOf('Error', message, { code: 'ERR_SQLITE_ERROR', errcode: 2067 })],
    ['oracledb', (message) => errorOf('Error', message, { errorNum: 1, code: 'ORA-00001' })],
    ['tedious', (message) => errorOf('RequestError', message, { code: 'EREQUEST', number: 2627, procName: '' })],
    [
      'typeorm',
      (message) =>
        errorOf('QueryFailedError', message, { query: 'INSERT', parameters: [secret], driverError: driverError(message) }),
    ],
    ['sequelize', (message) => errorOf('SequelizeUniqueConstraintError', message, { parent: driverError(message) })],
    [
      'drizzle',
      (message) =>
        Object.assign(new Error(`Failed query: INSERT\nparams: ${secret}`), {
          query: '',
          params: [],
          cause: driverError(message),
        }),
    ],
    [
      'knex',
      (message) => ({
        name: 'error',
        message,
        code: '23505',
        stack: `error: insert … - ${message}\n    at x (/a.js:1:2)`,
        severity: '',
      }),
    ],
    [
      'a driver in node_modules',
      (message) =>
        Object.assign(new Error(message), { stack: `Error: ${message}\n    at f (/a/node_modules/mysql/lib/x.js:1:2)` }),
    ],
    [
      'the application that repeats the message of its cause',
      (message) => new Error(`cannot save: ${message}`, { cause: driverError(message) }),
    ],
    ['an AggregateError', (message) => new AggregateError([driverError(message)], `all failed: ${message}`)],
    [
      'several lines, one of which looks like a stack frame',
      (message) => errorOf('PostgresError', `${message}\n    at ${secret} (${secret}:1:2)`),
    ],
  ])('are removed from an error of %s', (what, create) => {
    const message = messageOf(what);
    const span = tracer.startSpan('any');
    span.recordException(create(message) as Error);
    span.setStatus({ code: SpanStatusCode.ERROR, message: `failed: ${message}` });
    span.end();
    const { events, status } = exported();
    expect(events[0]?.attributes?.['exception.type']).toBeTruthy();
    expect(events[0]?.attributes?.['exception.stacktrace']).toContain('\n    at ');
    expect(status.message).toBeUndefined();
  });

  test('are removed from an error of the application that repeats an earlier database message, as a string or as an error', () => {
    const detail = `Key (email)=(${secret}) already exists.`;
    const message = messageOf('remembered');
    rememberDatabaseError(Object.assign(driverError(message), { detail }));
    for (const exception of [new Error(`cannot save: ${message}`), new Error(detail), `cannot save: ${message}`]) {
      const span = tracer.startSpan('any');
      span.recordException(exception);
      span.end();
      expect(exported().events[0]?.attributes?.['exception.type']).toBe('Error');
      exporter.reset();
    }
  });

  test.each(['db.system', 'db.system.name', 'db.statement'])('are removed from any error on a span with %s', (name) => {
    const span = databaseSpan({ [name]: 'mysql' });
    span.recordException(new TypeError(`not a number: ${secret}`));
    span.addEvent('exception', {
      'exception.message': `${secret}\n    at ${secret} (x:1:2)`,
      'exception.stacktrace': `Error: ${secret}\n    at ${secret} (x:1:2)\n    at f (a.js:1:2)`,
    });
    span.setStatus({ code: SpanStatusCode.ERROR, message: secret });
    span.end();
    const { events } = exported();
    expect(events[0]?.attributes?.['exception.type']).toBe('TypeError');
    expect(events[1]?.attributes).toEqual({ 'exception.stacktrace': 'Error\n    at f (a.js:1:2)' });
  });

  test('of other errors are recorded unchanged', () => {
    const error = new Error('the cup is empty', { cause: new Error('nobody refilled it') });
    const span = tracer.startSpan('any');
    span.recordException(error);
    span.recordException('a text');
    span.setStatus({ code: SpanStatusCode.ERROR, message: 'the cup is empty' });
    span.end();
    const { events, status } = exported();
    expect(events[0]?.attributes).toEqual({
      'exception.type': 'Error',
      'exception.message': 'the cup is empty',
      'exception.stacktrace': error.stack,
    });
    expect(events[1]?.attributes).toEqual({ 'exception.message': 'a text' });
    expect(status.message).toBe('the cup is empty');
  });

  test('of an error whose properties throw are omitted without an error', () => {
    const hostile = new Proxy(new Error(secret), {
      get() {
        throw new Error(secret);
      },
      getOwnPropertyDescriptor() {
        throw new Error(secret);
      },
    });
    const cyclic = Object.assign(new Error('cyclic'), { cause: undefined as unknown });
    cyclic.cause = cyclic;
    const span = tracer.startSpan('any');
    for (const each of [hostile, cyclic, null, undefined, 1]) span.recordException(each as never);
    span.end();
    exported();
  });
});

test('a CLIENT span contains no query string, credentials or user agent', () => {
  tracer
    .startSpan('GET', {
      kind: SpanKind.CLIENT,
      attributes: {
        'url.full': `https://user:${secret}@shop.example/a?token=${secret}#${secret}`,
        'http.url': `https://shop.example/a?token=${secret}`,
        'http.target': `/a?${secret}`,
        'url.query': secret,
        'user_agent.original': secret,
        'http.user_agent': secret,
      },
    })
    .end();
  expect(exported().attributes).toEqual({ 'url.full': 'https://shop.example/a', 'http.url': 'https://shop.example/a' });
});
