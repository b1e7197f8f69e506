// A service that emits every kind of span, log record and metric, and prints the names of all attributes and fields.
import { once } from 'node:events';
import { get } from 'node:http';
import { type AddressInfo, connect, createServer } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { SpanKind } from '@opentelemetry/api';
import type { ReadableLogRecord } from '@opentelemetry/sdk-logs';
import { MetricReader } from '@opentelemetry/sdk-metrics';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import { start } from '../../src/index.ts';

/** Names, grouped as in the README. */
export interface Emitted {
  resource: string[];
  spans: { server: string[]; http: string[]; pg: string[] };
  events: Record<string, string[]>;
  logRecord: string[];
  line: string[];
  metrics: Record<string, string[]>;
}

class Reader extends MetricReader {
  protected async onForceFlush() {}
  protected async onShutdown() {}
}

const spans: ReadableSpan[] = [];
const records: ReadableLogRecord[] = [];
const lines: Record<string, unknown>[] = [];
const reader = new Reader();
const noop = async () => {};
await start({
  metricReaders: [reader],
  spanProcessors: [{ onStart() {}, onEnd: (span) => spans.push(span), forceFlush: noop, shutdown: noop }],
  logRecordProcessors: [{ onEmit: (record) => records.push(record), forceFlush: noop, shutdown: noop }],
});
const { default: fastify } = await import('fastify');
const { default: pg } = await import('pg');

const pool = new pg.Pool({ max: 1, statement_timeout: 5_000 });
const stream = { write: (line: string) => lines.push(JSON.parse(line)) };
const app = fastify({ logger: { level: 'info', stream }, forceCloseConnections: true, http: { requireHostHeader: false } });
app.get('/orders/:id', async (request) => {
  request.log.info('order read');
  return pool.query('SELECT 1 AS id WHERE $1 = 1', [1]).then(({ rows }) => rows[0]);
});
app.get('/outgoing', async () => {
  const outgoing = async (address: string, method = 'GET') => {
    await fetch(address, { method }).then((response) => response.text(), () => {}); // biome-ignore format: short
    await new Promise((resolve) => {
      get(address, { method }, (response) => response.resume().once('close', resolve)).once('error', resolve);
    });
  };
  for (const path of ['/orders/1', '/nowhere']) await outgoing(`${base}${path}?token=secret`);
  await outgoing(base, 'PROPFIND');
  await outgoing(unreachable);
  return 'done';
});
app.get('/broken', async () => {
  throw new TypeError('broken');
});
app.get('/query', async () => pool.query('SELECT nothing FROM nowhere'));
const base = await app.listen({ port: 0, host: '127.0.0.1' });
const { port } = new URL(base);
const unreachable = `http://127.0.0.1:${await unusedPort()}`;

for (const path of ['/orders/1?token=secret', '/outgoing', '/broken', '/query', '/nowhere'])
  await (await fetch(base + path)).text();
const socket = connect(Number(port), '127.0.0.1').resume();
socket.end('PROPFIND /orders HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n');
await once(socket, 'close');
app.log.error(Object.assign(new Error('cannot write'), { code: 'EIO' }), 'failed');
setFlagsFromString('--expose-gc');
runInNewContext('gc')(); // for its duration
await until(() => ofKind(SpanKind.SERVER).length === 12);
let metrics: Emitted['metrics'] = {};
await until(async () => {
  metrics = await collect();
  return 'v8js.gc.duration' in metrics; // observed a moment after the collection
});
await app.close();
await pool.end();

const resources = [...new Set(spans.map(({ resource }) => resource))];
for (const resource of resources) await resource.waitForAsyncAttributes?.();
const ofLine = new Set(lines.flatMap((line) => Object.keys(line)));
console.log(
  JSON.stringify({
    resource: namesOf(resources.map(({ attributes }) => attributes)),
    spans: {
      server: attributesOf(ofKind(SpanKind.SERVER)),
      http: attributesOf(ofKind(SpanKind.CLIENT).filter((span) => !isOfDatabase(span))),
      pg: attributesOf(ofKind(SpanKind.CLIENT).filter(isOfDatabase)),
    },
    events: Object.fromEntries(
      Map.groupBy(
        spans.flatMap((span) => span.events),
        ({ name }) => name,
      )
        .entries()
        .map(([name, events]) => [name, namesOf(events.map(({ attributes = {} }) => attributes))]),
    ),
    logRecord: namesOf(records.map((record) => record.attributes)).filter((name) => !ofLine.has(name)),
    line: [...ofLine].filter((name) => /trace|span/.test(name)).sort(),
    metrics,
  } satisfies Emitted),
);

function ofKind(kind: SpanKind): ReadableSpan[] {
  return spans.filter((span) => span.kind === kind);
}

function isOfDatabase({ attributes }: ReadableSpan): boolean {
  return 'db.system.name' in attributes;
}

function attributesOf(some: ReadableSpan[]): string[] {
  return namesOf(some.map(({ attributes }) => attributes));
}

function namesOf(all: object[]): string[] {
  return [...new Set(all.flatMap((each) => Object.keys(each)))].sort();
}

/** @returns a port without a listener */
async function unusedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port: unused } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return unused;
}

async function collect(): Promise<Emitted['metrics']> {
  const { resourceMetrics } = await reader.collect();
  const all = resourceMetrics.scopeMetrics.flatMap((scope) => scope.metrics);
  return Object.fromEntries(
    all.map(({ descriptor, dataPoints }) => [descriptor.name, namesOf(dataPoints.map(({ attributes }) => attributes))]),
  );
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await pause(5);
}
