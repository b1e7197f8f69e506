// Tracers and spans accept any value, like Logger.emit().
import { type Span, SpanStatusCode } from '@opentelemetry/api';
import { type ReadableSpan, TracerProvider } from '@opentelemetry/sdk-trace';
import { expect, test } from 'vitest';
import { limits } from '../src/bounded-value.ts';
import { guardSpans } from '../src/guarded-spans.ts';
import { serializeSpans } from './support/decode.ts';
import { hostileValue, plainAttributes, randomFrom } from './support/generated.ts';

guardSpans();

const ended: ReadableSpan[] = [];
const processor = {
  onStart: () => {},
  onEnd: (span: ReadableSpan) => void ended.push(span),
  forceFlush: async () => {},
  shutdown: async () => {},
};
const tracer = new TracerProvider({ spanProcessors: [processor] }).getTracer('test');
const take = () => ended.splice(0);

const throwing = { ownKeys: () => { throw new Error('ownKeys'); } }; // biome-ignore format: short
const hostile: [name: string, value: () => unknown, stored: unknown][] = [
  ['a cyclic object', () => { const cyclic: Record<string, unknown> = {}; cyclic.self = cyclic; return cyclic; }, { self: '[circular]' }],
  ['a deep list', () => { let list: unknown = 1; for (let depth = 0; depth < 1e5; depth += 1) list = [list]; return list; },
    Array(limits.depth).fill(0).reduce((inner) => [inner], '[truncated]')],
  ['a proxy that throws', () => new Proxy({}, throwing), '[unreadable]'],
  ['a date', () => new Date(0), '1970-01-01T00:00:00.000Z'],
  ['an integer of 64 bits', () => 2n ** 60n, '1152921504606846976'],
  ['a small bigint', () => [5n], [5]],
  ['a function', () => () => {}, '[function]'],
]; // biome-ignore format: a table

test.each(hostile)('%s is stored as an attribute of a span or a link', (_, given, stored) => {
  const value = given() as never;
  const context = tracer.startSpan('other').spanContext();
  const span = tracer.startSpan('span', { attributes: { start: value }, links: [{ context, attributes: { value } }] });
  span.setAttribute('one', value).setAttributes({ several: value }).addLink({ context, attributes: { value } });
  span
    .addLinks([{ context, attributes: { value } }])
    .addEvent('event', { value })
    .end();
  const [{ attributes, links }] = take() as [ReadableSpan];
  expect(attributes).toEqual({ start: stored, one: stored, several: stored });
  expect(links.map((link) => link.attributes)).toEqual(Array(3).fill({ value: stored }));
});

test('a getter that throws costs its own value alone', () => {
  const attributes = () => ({ ids: [1, 2], name: 'x', get owner(): string { throw new Error('owner'); } }); // biome-ignore format: short
  const stored = { ids: [1, 2], name: 'x', owner: '[unreadable]' };
  const span = tracer.startSpan('span', {
    attributes: attributes(),
    links: [{ context: tracer.startSpan('other').spanContext() }],
  });
  span.addEvent('event', attributes()).addLink({ context: span.spanContext(), attributes: attributes() }).end();
  tracer.startSpan('set').setAttributes({ a: 1, get owner(): string { throw new Error('owner'); } }).end(); // biome-ignore format: short
  const [first, second] = take() as [ReadableSpan, ReadableSpan];
  expect(first.attributes).toEqual(stored);
  expect(first.events[0]?.attributes).toEqual(stored);
  expect(first.links[1]?.attributes).toEqual(stored);
  expect(second.attributes).toEqual({ a: 1, owner: '[unreadable]' });
});

test('each of many getters is called once before the SDK reads the copy', () => {
  let calls = 0;
  const attributes: Record<string, number> = {};
  for (let index = 0; index < 129; index += 1) {
    Object.defineProperty(attributes, `a${index}`, { enumerable: true, get: () => (calls += 1) });
  }
  tracer.startSpan('span', { attributes }).end();
  expect(calls).toBe(129);
  take();
});

const calls: [name: string, call: (span: Span) => unknown][] = [
  ['an exception without a prototype', (span) => span.recordException(Object.create(null))],
  ['an exception whose code throws', (span) => span.recordException({ get code() { throw new Error('code'); }, message: 'm' } as never)],
  ['null as an exception', (span) => span.recordException(null as never)],
  ['attributes that throw', (span) => span.setAttributes(new Proxy({}, throwing) as never)],
  ['invalid attributes', (span) => span.setAttributes(null as never).setAttributes(1 as never)],
  ['invalid keys', (span) => span.setAttribute(undefined as never, 1).setAttribute(Symbol('a') as never, 1)],
  ['an event with an invalid time', (span) => span.addEvent('e', undefined, 'yesterday' as never).addEvent('e', {}, {} as never)],
  ['invalid links', (span) => span.addLink(null as never).addLinks(undefined as never).addLink({} as never)],
  ['an invalid status', (span) => span.setStatus(undefined as never).setStatus({ code: 'bad' } as never)],
  ['an invalid name', (span) => span.updateName({ toString() { throw new Error('toString'); } } as never)],
  ['an invalid end time', (span) => span.end('yesterday' as never)],
]; // biome-ignore format: a table

test.each(calls)('%s throws nothing and does not affect other spans', (_, call) => {
  const span = tracer.startSpan('span');
  expect(() => call(span)).not.toThrow();
  span.end();
  tracer.startSpan('the last').end();
  expect(serializeSpans(take()).text).toContain('the last');
});

test.each([
  ['options that throw', { get attributes() { throw new Error('attributes'); } }],
  ['attributes that throw', { attributes: new Proxy({}, throwing) }],
  ['null', null],
  ['invalid links', { links: [null] }],
])('startSpan with %s returns a span', (_, options) => {
  const span = tracer.startSpan('span', options as never);
  expect(() => span.setAttribute('a', 1).end()).not.toThrow();
  take();
}); // biome-ignore format: a table

test('methods return the span, as in the SDK', () => {
  const span = tracer.startSpan('span');
  expect(span.setAttribute('a', 1)).toBe(span);
  expect(span.setAttributes({}).addEvent('e').updateName('n').setStatus({ code: SpanStatusCode.OK })).toBe(span);
  expect(span.recordException('e')).toBeUndefined();
  expect(span.end()).toBeUndefined();
  take();
});

test('the code of an exception is its type, as in the SDK', () => {
  const span = tracer.startSpan('span');
  span.recordException(Object.assign(new TypeError('m'), { code: 'E' }));
  span.recordException(new TypeError('m'));
  span.recordException('text');
  span.end();
  expect(take()[0]?.events.map(({ attributes }) => attributes)).toMatchObject([
    { 'exception.type': 'E', 'exception.message': 'm', 'exception.stacktrace': expect.any(String) },
    { 'exception.type': 'TypeError' },
    { 'exception.message': 'text' },
  ]);
});

test('generated attributes are stored unchanged', () => {
  const random = randomFrom(5);
  for (let count = 0; count < 200; count += 1) {
    const attributes = plainAttributes(random) as never;
    const span = tracer.startSpan('span', { attributes });
    span.setAttributes(attributes).end();
    expect(take()[0]?.attributes).toEqual(attributes);
  }
});

test.each([1, 2, 3])('generated values of every kind do not throw and can be decoded (seed %i)', (seed) => {
  const random = randomFrom(seed);
  for (let count = 0; count < 200; count += 1) {
    const any = () => hostileValue(random) as never;
    const span = tracer.startSpan(any(), { attributes: { a: any() }, links: any() });
    span
      .setAttribute('b', any())
      .setAttributes(any())
      .addEvent(any(), any(), any())
      .setStatus(any())
      .addLink(any())
      .addLinks(any());
    span.recordException(any(), any());
    span.updateName('span').end(any());
  }
  const spans = take();
  expect(serializeSpans(spans).decoded.length).toBeGreaterThan(100);
});
