// biome-ignore-all lint/suspicious/noExplicitAny: call shapes that pg's types leave out
// pg.native, with a fake pg-native.
import Module, { createRequire } from 'node:module';
import { SpanStatusCode } from '@opentelemetry/api';
import type { Client } from 'pg';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { activeTraceId } from './support/in-memory.ts';
import { inTrace, outsideTrace, startTracedPg } from './support/traced-pg.ts';

const loader = Module as unknown as { _resolveFilename(request: string, ...rest: unknown[]): string };
const resolve = loader._resolveFilename;
loader._resolveFilename = (request, ...rest) =>
  resolve.call(
    loader,
    request === 'pg-native' ? createRequire(import.meta.url).resolve('./support/fake-pg-native.cjs') : request,
    ...rest,
  );

const traced = await startTracedPg('pg_native');
const NativeClient = traced.require('pg/lib/native/client'); // what the accessor pg.native loads
const { Query } = NativeClient;

let client: Client;
beforeEach(async () => {
  client = new NativeClient(traced.connection);
  await outsideTrace(() => client.connect());
  traced.clear();
});
afterAll(() => traced.instrumentation.disable());

const shapes: Record<string, () => Promise<string>> = {
  'a promise': async () => {
    await client.query('SELECT 1 FROM things');
    return activeTraceId();
  },
  'a callback': () => new Promise((done) => void client.query('SELECT 1 FROM things', () => done(activeTraceId()))),
  'a Query with a callback': () =>
    new Promise((done) => void client.query(new Query('SELECT 1 FROM things', () => done(activeTraceId())))),
  'a callback beside a Query': () =>
    new Promise((done) => void client.query(new Query('SELECT 1 FROM things') as any, () => done(activeTraceId()))),
  'a Query with events': () =>
    new Promise((done) => void client.query(new Query('SELECT 1 FROM things')).on('end', () => done(activeTraceId()))),
  'a prepared statement': async () => {
    await outsideTrace(() => client.query({ name: 'known', text: 'SELECT $1::int FROM things', values: [1] }));
    await client.query({ name: 'known', values: [2] } as any);
    return activeTraceId();
  },
};

test.each(Object.keys(shapes))(
  'a pg.native query has one span, and its callbacks and events run in the trace of the caller: %s',
  async (shape) => {
    const spanId = await inTrace(async ({ traceId, spanId }) => {
      expect(await shapes[shape]?.()).toBe(traceId);
      return spanId;
    });
    const spans = await traced.queries(1);
    expect(spans.map(({ name, parentSpanContext }) => [name, parentSpanContext?.spanId])).toEqual([['SELECT things', spanId]]);
  },
);

test.each<[string, () => Promise<unknown>]>([
  ['with a promise', () => client.query('SELECT nothing').catch(() => {})],
  ['with a callback', () => new Promise((done) => client.query('SELECT nothing', done))],
  ['with an event', () => new Promise((done) => client.query(new Query('SELECT nothing')).on('error', done))],
])('the span of a failed pg.native query has the SQLSTATE of the database: %s', async (_way, query) => {
  await inTrace(query);
  const [span] = await traced.queries(1);
  expect(span?.status).toEqual({ code: SpanStatusCode.ERROR });
  expect(span?.attributes).toMatchObject({ 'error.type': '42703', 'db.response.status_code': '42703' });
});
