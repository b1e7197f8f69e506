// A span has the attributes it is started with, whichever way they take: past the tracer, or through it.
import { type Attributes, context, ROOT_CONTEXT, SpanKind, type Tracer } from '@opentelemetry/api';
import { type ReadableSpan, type Span, type SpanLimits, type SpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { expect, test } from 'vitest';
import { adoptAttributes, enableAdoption, startSpan } from '../src/adopted-attributes.ts';

enableAdoption();

const noop = async () => {};
const adopting: SpanProcessor = { onStart: adoptAttributes, onEnd() {}, forceFlush: noop, shutdown: noop };
const attributes = () => ({ 'http.route': '/users/:id', 'url.path': '/users/7', 'server.port': 80 });

/** @returns a tracer, and the attributes that a later processor finds at the start and at the end of its spans */
function tracerWith(processors: SpanProcessor[], spanLimits: SpanLimits = {}) {
  const seen: Attributes[] = [];
  const note = (span: Span | ReadableSpan) => void seen.push({ ...(span as ReadableSpan).attributes });
  const observer: SpanProcessor = { onStart: note, onEnd: note, forceFlush: noop, shutdown: noop };
  const provider = new TracerProvider({ spanProcessors: [...processors, observer], spanLimits });
  return { tracer: provider.getTracer('test'), seen };
}

const start = (tracer: Tracer) => startSpan(tracer, 'GET /users/:id', SpanKind.SERVER, attributes(), ROOT_CONTEXT);

test('later processors see them from the start of the span', () => {
  const { tracer, seen } = tracerWith([adopting]);
  start(tracer).setAttribute('http.response.status_code', 200).end();
  expect(seen).toEqual([attributes(), { ...attributes(), 'http.response.status_code': 200 }]);
});

test('the tracer of another SDK, which has no such processor, still sets them', () => {
  const { tracer, seen } = tracerWith([]);
  start(tracer).end();
  expect(seen[1]).toEqual(attributes());
});

test('the next span does not get those of a span that was not sampled', () => {
  const { tracer, seen } = tracerWith([adopting]);
  const notSampled: Tracer = { ...tracer, startSpan: () => new TracerProvider().getTracer('none').startSpan('none') };
  start(notSampled).end();
  tracer.startSpan('another', {}, context.active()).end();
  expect(seen).toEqual([{}, {}]);
});

test.each<[SpanLimits, Attributes, number]>([
  [{ attributeCountLimit: 2 }, { 'http.route': '/users/:id', 'url.path': '/users/7' }, 1],
  [{ attributeValueLengthLimit: 6 }, { 'http.route': '/users', 'url.path': '/users', 'server.port': 80 }, 0],
])('the limits %j apply to them', (limits, expected, dropped) => {
  const { tracer, seen } = tracerWith([adopting], limits);
  const span = start(tracer) as unknown as ReadableSpan;
  expect(seen[0]).toEqual(expected);
  expect(span.droppedAttributesCount).toBe(dropped);
});

test('they count towards the limit of later ones', () => {
  const { tracer } = tracerWith([adopting], { attributeCountLimit: 3 });
  const span = start(tracer).setAttribute('one too many', 1) as unknown as ReadableSpan;
  expect(span.attributes).toEqual(attributes());
  expect(span.droppedAttributesCount).toBe(1);
});
