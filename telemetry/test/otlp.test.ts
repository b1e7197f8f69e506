// The output of telemetry/src/otlp.ts decodes to the same data as that of the exporters' own serializer.
import * as fs from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { MethodDefinition } from '@grpc/grpc-js';
import { createTraceState } from '@opentelemetry/api';
import { JsonLogsSerializer, ProtobufLogsSerializer, ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer';
import { resourceFromAttributes } from '@opentelemetry/resources';
import type { ReadableLogRecord } from '@opentelemetry/sdk-logs';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import { expect, onTestFinished, test, vi } from 'vitest';
import { replaceTestedSerializers, takeSerializationFailures, testedVersion } from '../src/otlp.ts';
import { pick, plainAttributes, plainLogRecord, plainScope, plainSpan, randomFrom, schemaUrl } from './support/generated.ts';
import { loadOtlp } from './support/otlp-receiver.ts';

vi.mock('node:fs', { spy: true });

const theirJson = JsonLogsSerializer.serializeRequest;
const theirs = { spans: ProtobufTraceSerializer.serializeRequest, logs: ProtobufLogsSerializer.serializeRequest };
replaceTestedSerializers();
const ours = { spans: ProtobufTraceSerializer.serializeRequest, logs: ProtobufLogsSerializer.serializeRequest };

const services = loadOtlp(String);
const read = { spans: readerOf('trace.v1.TraceService'), logs: readerOf('logs.v1.LogsService') };

const resource = resourceFromAttributes({ 'service.name': 'numbers', 'host.name': 'höst', 'process.pid': 4_711 });
const scopes = [
  { name: 'plain' },
  {
    name: 'full',
    version: '1.2.3',
    schemaUrl: 'https://opentelemetry.io/schemas/1.40.0',
    attributes: { of: 'the scope' },
    droppedAttributesCount: 1,
  },
] as const;
const ids = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', traceFlags: 1 };

/** Lengths at which the length prefix of the string, or of an enclosing message, needs one more byte. */
const lengths = [0, 1, 15, 60, 100, 110, 120, 124, 126, 127, 128, 129, 255, 16_370, 16_383, 16_384, 70_000, 2_100_000];

const values: [string, unknown][] = [
  ...lengths.map((length): [string, unknown] => [`a text of ${length}`, 'x'.repeat(length)]),
  ...lengths.slice(0, -1).map((length): [string, unknown] => [`a text of ${length} beyond ASCII`, '€'.repeat(length)]),
  ['ü after ASCII text', `${'x'.repeat(127)}ü`],
  ['an emoji', 'a 🚀 b'],
  ['an unpaired surrogate', 'a \ud83d b'],
  ['a NUL character', 'a\0b'],
  ...[0, -0, 1, -1, 127, 128, 2 ** 31 - 1, 2 ** 31, 2 ** 32, 2 ** 53 - 1, 2 ** 53, 2 ** 62, 2 ** 63, 2 ** 64, -(2 ** 31), -(2 ** 53), -(2 ** 63), -(2 ** 63) * 1.5]
    .map((number): [string, unknown] => [`the number ${number}`, number]),
  ...[0.1, -1.5, 1e300, 5e-324, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
    .map((number): [string, unknown] => [`the number ${number}`, number]),
  ['true', true],
  ['false', false],
  ['null', null],
  ['bytes', new Uint8Array([0, 1, 127, 128, 255])],
  ['no bytes', new Uint8Array()],
  ['a list', ['a', 1, 1.5, true, null, ['b', []]]],
  ['an object', { a: 1, b: { c: ['d', { e: 'ü' }], f: {} }, '': 'a key of no length' }],
  ['an object with inherited properties', Object.create({ inherited: 1 })],
  ['a long list', Array.from({ length: 1_000 }, (_, index) => ({ index, text: `text ${index}` }))],
]; // biome-ignore format: a table

test('the serializers are replaced only in the version the package installs', () => {
  const { dependencies } = JSON.parse(fs.readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  expect(testedVersion).toBe(dependencies['@opentelemetry/otlp-transformer']);
  ProtobufTraceSerializer.serializeRequest = theirs.spans;
  onTestFinished(() => {
    ProtobufTraceSerializer.serializeRequest = ours.spans;
  });
  const read = vi.spyOn(fs, 'readFileSync').mockReturnValue('{ "version": "0.301.0" }');
  replaceTestedSerializers();
  read.mockRestore();
  expect(ProtobufTraceSerializer.serializeRequest).toBe(theirs.spans);
});

test('the exporters use this serializer', () => {
  expect(ours.spans).not.toBe(theirs.spans);
  expect(ours.logs).not.toBe(theirs.logs);
});

test.each(values)('%s is serialized as an attribute of a span, an event and a link', (_, value) => {
  same('spans', [
    span({ attributes: { before: 1, value, after: 'a' } }),
    span({ events: [{ name: 'event', time: [1_700_000_000, 1], attributes: { value } }] }),
    span({ links: [{ context: { ...ids, isRemote: true }, attributes: { value } }] }),
  ]);
});

test.each(values)('%s is serialized as the body and as an attribute of a log record', (_, value) => {
  same('logs', [record({ body: value as never }), record({ attributes: { value } as never })]);
});

test('a span with every field and one without any are serialized', () => {
  same('spans', [
    span({}),
    span({
      name: '',
      kind: 4,
      spanContext: () => ({ ...ids, traceFlags: 0, traceState: createTraceState('a=1,b=2') }),
      parentSpanContext: { ...ids, spanId: '00f067aa0ba902b7', isRemote: true },
      status: { code: 2, message: 'it broke: ü' },
      events: [{ name: 'exception', time: [1_700_000_000, 5], attributes: {}, droppedAttributesCount: 3 }],
      links: [{ context: { ...ids, traceState: createTraceState('c=3') }, droppedAttributesCount: 200 }],
      droppedAttributesCount: 1,
      droppedEventsCount: 300,
      droppedLinksCount: 70_000,
    }),
    span({ parentSpanContext: { ...ids, isRemote: false }, status: { code: 1 } }),
  ]);
});

test('a log record with every field and one without any are serialized', () => {
  const full = record({
    severityNumber: 17,
    severityText: 'error',
    body: 'a line',
    spanContext: ids,
    eventName: 'session.start',
    droppedAttributesCount: 2,
  });
  same('logs', [record({}), full]);
  bothNameTheEvent(full);
});

test.each([1, 2, 3, 4])('generated batches of spans and log records are serialized (seed %i)', (seed) => {
  const random = randomFrom(seed);
  for (let count = 0; count < 50; count += 1) {
    const resources = listOf(1, () => resourceFromAttributes(plainAttributes(random) as never, schemaUrl(random)));
    const instrumentationScopes = listOf(1, () => plainScope(random));
    const origin = () => ({
      resource: pick(random, resources),
      instrumentationScope: pick(random, instrumentationScopes),
    });
    same('spans', listOf(0, () => span({ ...plainSpan(random), ...origin() } as never))); // biome-ignore format: short
    const records = listOf(0, () => record({ ...plainLogRecord(random), ...origin() } as never));
    same('logs', records);
    for (const each of records) bothNameTheEvent(each);
  }

  function listOf<Item>(atLeast: number, create: () => Item): Item[] {
    return Array.from({ length: atLeast + Math.floor(random() * 4) }, create);
  }
});

test.each([
  [0n, { intValue: '0' }],
  [9_007_199_254_740_993n, { intValue: '9007199254740993' }],
  [2n ** 63n - 1n, { intValue: '9223372036854775807' }],
  [-(2n ** 63n), { intValue: '-9223372036854775808' }],
  [2n ** 63n, { stringValue: '9223372036854775808' }],
  [-(2n ** 63n) - 1n, { stringValue: '-9223372036854775809' }],
])('the bigint %s is written as an integer if it fits into 64 bits, as a string otherwise', (value, expected) => {
  const bytes = ours.logs([record({ body: value as never, attributes: { value } as never })]) as Uint8Array;
  const [{ body, attributes }] = logRecordsOf(bytes) as [{ body: object; attributes: { value: object }[] }];
  expect(body).toMatchObject(expected);
  expect(attributes[0]?.value).toMatchObject(expected);
});

test('a field of the wrong type does not make the batch unreadable', () => {
  const spans = [
    span({ name: 12 as never, kind: 'server' as never, status: { code: 'bad' as never, message: { a: 1 } as never } }),
    span({ startTime: [Number.NaN, -1], endTime: [-1, 1.5], droppedAttributesCount: 0.5 }),
    span({ name: 'last' }),
  ];
  expect(spansOf(ours.spans(spans) as Uint8Array)).toMatchObject([{ name: '12' }, { name: 'span' }, { name: 'last' }]);
  const logs = [
    record({ severityText: 12 as never, severityNumber: 1.5 as never, eventName: 12 as never }),
    record({ severityText: 'last' }),
  ];
  expect(logRecordsOf(ours.logs(logs) as Uint8Array)).toMatchObject([{ severityText: '12' }, { severityText: 'last' }]);
});

test.each(['', 'zz', '0af7', `${ids.traceId}00`, 'z'.repeat(32), 'z'.repeat(16)])('the invalid id "%s" is written empty, because receivers reject a request with an id of the wrong length', (id) => {
  const context = { ...ids, traceId: id, spanId: id };
  const bytes = ours.spans([span({ spanContext: () => context, parentSpanContext: context, links: [{ context }] })]) as Uint8Array;
  const empty = Buffer.alloc(0);
  expect(spansOf(bytes)).toMatchObject([{ traceId: empty, spanId: empty, parentSpanId: empty, links: [{ traceId: empty, spanId: empty }] }]);
  expect(logRecordsOf(ours.logs([record({ spanContext: context })]) as Uint8Array)).toMatchObject([{ traceId: empty, spanId: empty }]);
}); // biome-ignore format: short

test.each(['traceId', 'spanId', 'parentSpanId'])('a %s of the right length with invalid digits is written empty, and the other ids are not', (name) => {
  const valid = { traceId: ids.traceId, spanId: ids.spanId, parentSpanId: '00f067aa0ba902b7' };
  const invalid = valid[name as never] as string;
  const given = { ...valid, [name]: `${invalid.slice(0, -2)}zz` };
  const parentSpanContext = { ...ids, spanId: given.parentSpanId };
  const written = Object.fromEntries(Object.entries(valid).map(([key, digits]) => [key, Buffer.from(key === name ? '' : digits, 'hex')]));
  expect(spansOf(ours.spans([span({ spanContext: () => ({ ...ids, ...given }), parentSpanContext })]) as Uint8Array)).toMatchObject([written]);
}); // biome-ignore format: short

test('only an item that cannot be serialized is dropped, and it is counted', () => {
  takeSerializationFailures();
  const throwing = { get value() { throw new Error('value'); } }; // biome-ignore format: short
  const cyclic: Record<string, unknown> = {};
  cyclic.cyclic = cyclic;
  const spans = [
    span({ name: 'first' }),
    span({ attributes: { before: 'a text', nested: throwing as never } }),
    span({ spanContext: () => { throw new Error('context'); } }), // biome-ignore format: short
    span({ name: 'cyclic', attributes: { cyclic } as never }),
    span({ name: Object.create(null) }),
    span({ name: 'last' }),
  ];
  const text = JSON.stringify(read.spans(ours.spans(spans) as Uint8Array));
  expect(text.match(/"name":"(first|cyclic|last)"/g)).toHaveLength(3);
  expect(text).not.toContain('a text');
  expect(text).toContain('[truncated]');
  expect(takeSerializationFailures()).toBe(3);
  expect(takeSerializationFailures()).toBe(0);
});

test("JSON is written by the exporters' own serializer, with bigints converted", () => {
  const values = { list: [1, 'a', null], bytes: new Uint8Array([1]), nested: { a: 0.1 } };
  const plain = [record({ body: values as never, attributes: values as never })];
  expect(JsonLogsSerializer.serializeRequest(plain)).toEqual(theirJson(plain));
  const bigints = [record({ body: [5n, { a: 2n ** 60n }] as never, attributes: { a: 2n ** 60n, ...values } as never })];
  const asText = [
    record({ body: [5, { a: String(2n ** 60n) }] as never, attributes: { a: String(2n ** 60n), ...values } as never }),
  ];
  expect(JsonLogsSerializer.serializeRequest(bigints)).toEqual(theirJson(asText));
});

test.each([
  [[0, 0]],
  [[0, 999_999_999]],
  [[1, 0]],
  [[1_700_000_000, 123_456_789]],
  [[1_700_000_042, 999_999_999]], // its nanoseconds are carried into the upper 32 bits
  [[4_294_967_295, 999_999_999]],
  [[18_446_744_073, 709_551_615]],
] satisfies [[number, number]][])('the time %j is exact to the nanosecond', (time) => {
  same('spans', [span({ startTime: time, endTime: time })]);
  same('logs', [record({ hrTime: time, hrTimeObserved: time })]);
});

test('attributes that repeat, then change, in spans, events, links, log records and nested values', () => {
  const texts = { 'http.route': '/numbers', 'url.path': 'ü' };
  const batches = Array.from({ length: 12 }, (_, index) => {
    const changed = index % 4 === 3 && { 'http.route': '/other', 'url.path': `${index}` };
    return { ...texts, ...changed, nested: { ...texts, 'http.route': '' } } as never;
  });
  same(
    'spans',
    batches.map((attributes) =>
      span({ attributes, events: [{ name: 'event', time: [1, 2], attributes }], links: [{ context: ids, attributes }] }),
    ),
  );
  same(
    'logs',
    batches.map((attributes) => record({ attributes })),
  );
});

test.each<[string, (index: number) => [name: string, value: string]]>([
  ['names', (index) => [`${index}`.padEnd(2_000_000, 'x'), 'value']],
  ['texts of which a part is a value', (index) => [`name ${index}`, `${index}`.padEnd(2_000_000, 'x').slice(0, 100)]],
])('long %s are not retained', (_what, attribute) => {
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc');
  const serialize = (index: number) => ours.logs([record({ attributes: Object.fromEntries([attribute(index)]) })]);
  serialize(0); // the writer's buffer grows
  collectGarbage();
  const before = process.memoryUsage().heapUsed;
  for (let index = 1; index <= 100; index += 1) serialize(index);
  collectGarbage();
  collectGarbage();
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(60_000_000); // all of them are 200 MB
});

test('each resource and each scope is written once, regardless of the order of spans', () => {
  const other = resourceFromAttributes({ 'service.name': 'other' });
  const [plain, full] = scopes;
  const mixed = [0, 1, 2, 3, 4, 5, 6, 7].map((index) =>
    span({ name: `span ${index}`, resource: index % 2 ? resource : other, instrumentationScope: index % 3 ? plain : full }),
  );
  same('spans', mixed);
});

test('a thousand spans, more than the initial buffer holds, are serialized', () => {
  same(
    'spans',
    Array.from({ length: 1_000 }, (_, index) => span({ name: `span ${index}`, attributes: { text: 'x'.repeat(index) } })),
  );
});

function same<Signal extends 'spans' | 'logs'>(
  signal: Signal,
  items: Signal extends 'spans' ? ReadableSpan[] : ReadableLogRecord[],
) {
  const [written, expected] = [ours, theirs].map((each) => read[signal](each[signal](items as never) as Uint8Array));
  expect(written).toEqual(expected);
}

function spansOf(bytes: Uint8Array): unknown[] {
  const { resourceSpans } = read.spans(bytes) as { resourceSpans: { scopeSpans: { spans: unknown[] }[] }[] };
  return resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans));
}

function logRecordsOf(bytes: Uint8Array): unknown[] {
  const { resourceLogs } = read.logs(bytes) as { resourceLogs: { scopeLogs: { logRecords: unknown[] }[] }[] };
  return resourceLogs.flatMap(({ scopeLogs }) => scopeLogs.flatMap(({ logRecords }) => logRecords));
}

/** Field 12 of a log record, which the decoder's definition does not contain yet. */
function bothNameTheEvent(each: ReadableLogRecord): void {
  const name = Buffer.from(each.eventName ?? '');
  const field = name.length === 0 ? name : Buffer.concat([Buffer.from([0x62, ...varint(name.length)]), name]);
  for (const { logs } of [ours, theirs]) expect(Buffer.from(logs([each]) as Uint8Array).includes(field)).toBe(true);
}

/** @param length below 2^14 */
function varint(length: number): number[] {
  return length < 128 ? [length] : [(length & 127) | 128, length >> 7];
}

/** With proto3 defaults, because a field that is 0 or empty may be omitted. 64-bit integers are decoded as strings, to keep all digits. */
function readerOf(service: string): (bytes: Uint8Array) => unknown {
  const method = services[`opentelemetry.proto.collector.${service}`]?.Export as MethodDefinition<unknown, unknown>;
  return (bytes) => method.requestDeserialize(Buffer.from(bytes));
}

function span(own: Partial<ReadableSpan>): ReadableSpan {
  return {
    name: 'span',
    kind: 0,
    spanContext: () => ids,
    startTime: [1_700_000_000, 0],
    endTime: [1_700_000_001, 1],
    status: { code: 0 },
    attributes: {},
    events: [],
    links: [],
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
    resource,
    instrumentationScope: scopes[0],
    ...own,
  } as ReadableSpan;
}

function record(own: Partial<ReadableLogRecord>): ReadableLogRecord {
  return {
    hrTime: [1_700_000_000, 0],
    hrTimeObserved: [1_700_000_000, 5],
    attributes: {},
    droppedAttributesCount: 0,
    resource,
    instrumentationScope: scopes[1],
    ...own,
  } as ReadableLogRecord;
}
