// npm run microbench: time for each part of a request's telemetry, one at a time, in a minute. A regression shows here before make bench
// shows it; the figures themselves are lower than in a service, where each part runs between others.
import { EventEmitter } from 'node:events';
import { context, defaultTextMapGetter, ROOT_CONTEXT, SpanKind, trace } from '@opentelemetry/api';
import { ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import { pino } from 'pino';
import { Bench } from 'tinybench';
import { start } from '../src/index.ts';
import { startQuery } from '../src/pg-span.ts';
import { TraceContextPropagator } from '../src/propagator.ts';
import { bindEvents } from '../src/request-events.ts';
import { type RawRequest, type RawResponse, startRequest } from '../src/request-span.ts';
import { sizeOf } from '../src/size.ts';
import { table } from './statistics.ts';

const noop = async () => {};
process.env.OTEL_TRACES_EXPORTER = 'none';
process.env.OTEL_LOGS_EXPORTER = 'none';
const spans: ReadableSpan[] = [];
await start({
  spanProcessors: [{ onStart() {}, onEnd: (span) => spans.length < 1_024 && spans.push(span), forceFlush: noop, shutdown: noop }],
  logRecordProcessors: [{ onEmit() {}, forceFlush: noop, shutdown: noop }],
});

const tracer = trace.getTracer('measure');
const propagator = new TraceContextPropagator();
const line = Buffer.from('00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01 POST /orders/1234567').toString('latin1');
const headers = { host: 'localhost', traceparent: line.slice(0, 55) };
const extract = () => propagator.extract(ROOT_CONTEXT, headers, defaultTextMapGetter);

class Message extends EventEmitter {
  readonly method = 'POST';
  readonly url = line.slice(61);
  readonly headers = headers;
  readonly socket = { remoteAddress: '127.0.0.1' };
  readonly statusCode = 201;
  readonly headersSent = true;
}
const request = () => {
  const req = new Message() as unknown as RawRequest;
  const res = new Message() as unknown as RawResponse;
  const traced = startRequest(tracer, req, res, '/orders/:id', 'http', extract());
  bindEvents(traced);
  return traced;
};
const client = { host: 'localhost', port: 5432, database: 'shop' };
const text = 'INSERT INTO orders (value) VALUES ($1) RETURNING id, value';
const query = (parent = active) => {
  const call = { context: parent, span: undefined, measurement: undefined } as Parameters<typeof startQuery>[3];
  startQuery(tracer, client, { text }, call);
  call.span?.end();
};
const active = trace.setSpan(ROOT_CONTEXT, tracer.startSpan('parent', { kind: SpanKind.SERVER }, extract()));
const log = pino({ level: 'info' }, { write() {} });
const fields = { method: 'POST', route: '/orders/:id', statusCode: 201, durationMs: 1.234 };

for (let index = 0; index < 512; index += 1) {
  const traced = request();
  query(traced.context);
  traced.res.emit('finish');
}

const bench = new Bench({ time: 2_000, warmupTime: 1_000 });
bench
  .add('extract a traceparent', extract)
  .add('span of a request', () => request().res.emit('finish'))
  .add('event of a request', () => requestForEvents.req.emit('data', ''))
  .add('span of a query', () => query())
  .add('log line without a span', () => log.info(fields, 'request completed'))
  .add('log line with its record', () => context.with(active, () => log.info(fields, 'request completed')))
  .add('size of a span', () => sizeOf(spans[0] as ReadableSpan))
  .add(`serialize ${spans.length} spans`, () => ProtobufTraceSerializer.serializeRequest(spans));
const requestForEvents = request();
requestForEvents.req.on('data', () => {});
bench.addEventListener('cycle', ({ task }) => process.stderr.write(`${task?.name}\n`));
await bench.run();

const rows = bench.tasks.map(({ name, result }) => {
  if (result.state !== 'completed') throw new Error(`${name}: ${result.state}`, { cause: 'error' in result && result.error });
  const { p50, mad } = result.latency;
  return [name, (p50 * 1_000).toFixed(2), (mad * 1_000).toFixed(2)];
});
console.log(table(['', 'median, µs', 'median deviation, µs'], rows));
process.exit(0);
