// npm run microbench: time for each part of a request's telemetry, one at a time, in a minute. A regression shows here before make bench
// shows it; the figures themselves are lower than in a service, where each part runs between others.
// CHECK=1 fails if a part takes more than 2.5 times as long, compared with a reference in the same run, as when its figure here was written.
import { EventEmitter } from 'node:events';
import { context, defaultTextMapGetter, ROOT_CONTEXT, SpanKind, trace } from '@opentelemetry/api';
import { ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
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
process.env.OTEL_NODE_RESOURCE_DETECTORS = 'none'; // they would warn while they are pending
const spans: ReadableSpan[] = [];
await start({
  spanProcessors: [{ onStart() {}, onEnd: (span) => spans.length < 1_024 && spans.push(span), forceFlush: noop, shutdown: noop }],
  logRecordProcessors: [
    {
      onEmit() {
        (globalThis as any).n = ((globalThis as any).n ?? 0) + 1;
      },
      forceFlush: noop,
      shutdown: noop,
    },
  ],
});

const { pino } = await import('pino'); // after the start, which instruments it
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

const reference = 'reference: a record to JSON and back';
const record = { ...fields, attributes: Array.from({ length: 8 }, (_, index) => ({ key: `attribute ${index}`, value: index })) };

/** Multiples of the reference. */
const expected: Record<string, number> = {
  'extract a traceparent': 0.34,
  'span of a request': 2.1,
  'event of a request': 0.16,
  'span of a query': 1.43,
  'log line outside of a span': 1.33,
  'log line in a span': 1.6,
  'size of a span': 0.052,
  'serialize 1024 spans': 400,
};

const bench = new Bench({ time: 2_000, warmupTime: 1_000 });
bench
  .add(reference, () => JSON.parse(JSON.stringify(record)))
  .add('extract a traceparent', extract)
  .add('span of a request', () => request().res.emit('finish'))
  .add('event of a request', () => requestForEvents.req.emit('data', ''))
  .add('span of a query', () => query())
  .add('log line outside of a span', () => log.info(fields, 'request completed'))
  .add('log line in a span', () => context.with(active, () => log.info(fields, 'request completed')))
  .add('size of a span', () => sizeOf(spans[0] as ReadableSpan))
  .add(`serialize ${spans.length} spans`, () => ProtobufTraceSerializer.serializeRequest(spans));
const requestForEvents = request();
requestForEvents.req.on('data', () => {});
bench.addEventListener('cycle', ({ task }) => process.stderr.write(`${task?.name}\n`));
await bench.run();

const figures = bench.tasks.map(({ name, result }) => {
  if (result.state !== 'completed') throw new Error(`${name}: ${result.state}`, { cause: 'error' in result && result.error });
  const { p50, mad } = result.latency;
  return { name, median: p50 * 1_000, deviation: mad * 1_000 };
});
const unit = figures[0]?.median as number;
const multiples = figures
  .slice(1)
  .map(({ name, median }) => ({ name, multiple: median / unit, expected: expected[name] as number }));
console.log(
  table(
    ['', 'median, µs', 'median deviation, µs', 'times the reference'],
    figures.map(({ name, median, deviation }) => [
      name,
      median.toFixed(2),
      deviation.toFixed(2),
      `${(median / unit).toFixed(2)}${expected[name] === undefined ? '' : ` (${expected[name]})`}`,
    ]),
  ),
);
const slower = process.env.CHECK ? multiples.filter(({ multiple, expected }) => multiple > 2.5 * expected) : [];
for (const { name, multiple, expected } of slower)
  console.error(`${name}: ${multiple.toFixed(2)} times the reference, more than 2.5 times the ${expected} in microbench.ts`);
process.exit(slower.length > 0 ? 1 : 0);
