// Logger.emit() accepts any value: it does not throw, its work is bounded, and its records can be delivered.
import { type LogRecord, SeverityNumber } from '@opentelemetry/api';
import { LoggerProvider } from '@opentelemetry/sdk-logs';
import { expect, test } from 'vitest';
import { limits } from '../src/bounded-value.ts';
import { serializeLogs } from './support/decode.ts';
import { hostileValue, plainAttributes, plainValue, randomFrom } from './support/generated.ts';
import { startInMemoryLogs } from './support/log-records.ts';

const { logger, take } = startInMemoryLogs();

/** A value passed as the body and as an attribute, and the value emitted. */
const values: [name: string, given: () => unknown, emitted: unknown][] = [
  ['a cyclic object', () => cyclic(), { a: 1, self: '[circular]' }],
  ['a cycle through a list', () => { const order = { lines: [] as unknown[] }; order.lines.push({ order }); return order; }, { lines: [{ order: '[circular]' }] }],
  ['the same object twice', () => { const same = { a: 1 }; return [same, same]; }, [{ a: 1 }, { a: 1 }]],
  ['a deep object', () => deep(100_000), deep(limits.depth, '[truncated]')],
  ['a deep list', () => { let list: unknown = 1; for (let depth = 0; depth < 1e5; depth += 1) list = [list]; return list; },
    Array(limits.depth).fill(0).reduce((inner) => [inner], '[truncated]')],
  ['a date', () => new Date(0), '1970-01-01T00:00:00.000Z'],
  ['an invalid date', () => new Date(Number.NaN), 'Invalid Date'],
  ['a map', () => new Map<unknown, unknown>([['a', 1], [2, new Map([['b', 2]])]]), { a: 1, 2: { b: 2 } }],
  ['a set', () => new Set([1, 'a']), [1, 'a']],
  ['a symbol', () => Symbol('a'), 'Symbol(a)'],
  ['a function', () => () => {}, '[function]'],
  ['typed arrays', () => [new Float32Array([0.5]), new BigInt64Array([-5n])], [[0.5], [-5n]]],
  ['binary data', () => [new Uint8Array([1]), Buffer.from([2]), new Uint8Array([3]).buffer, new DataView(new Uint8Array([0, 4]).buffer, 1)],
    [new Uint8Array([1]), new Uint8Array([2]), new Uint8Array([3]), new Uint8Array([4])]],
  ['an integer of 64 bits', () => 2n ** 63n - 1n, 2n ** 63n - 1n],
  ['an integer of more than 64 bits', () => 2n ** 63n, '9223372036854775808'],
  ['an integer of a million digits', () => 1n << 3_000_000n, '[truncated]'],
  ['an instance of a class', () => new (class { a = 1; #b = 2; get b() { return this.#b; } })(), { a: 1 }],
  ['an object without a prototype', () => Object.assign(Object.create(null), { a: 1 }), { a: 1 }],
  ['an inherited property', () => Object.create({ a: 1 }), {}],
  ['a key that is also an inherited property', () => JSON.parse('{"__proto__":{"a":1},"constructor":1}'), JSON.parse('{"__proto__":{"a":1},"constructor":1}')],
  ['a getter that throws', () => ({ get a() { throw new Error('a'); }, b: 1 }), { a: '[unreadable]', b: 1 }],
  ['a proxy that throws', () => new Proxy({}, { ownKeys() { throw new Error('ownKeys'); } }), '[unreadable]'],
  ['a revoked proxy', () => { const { proxy, revoke } = Proxy.revocable({}, {}); revoke(); return [proxy]; }, ['[unreadable]']],
  ['undefined in an object and in a list', () => ({ a: undefined, b: [undefined] }), { b: [null] }],
  ['toJSON', () => ({ a: 1, toJSON() { throw new Error('toJSON'); } }), { a: 1, toJSON: '[function]' }],
  ['boxed values', () => [Object('a'), Object(1), Object(true)], ['a', 1, true]],
]; // biome-ignore format: a table

test.each(values)('%s is emitted', (_, given, emitted) => {
  const value = given();
  logger.emit({ body: value as never, attributes: { value: value as never, after: 1 } });
  const [record] = take();
  expect(record?.body).toEqual(emitted);
  expect(record?.attributes).toEqual({ value: emitted, after: 1 });
});

test('an error is emitted with its cause and its own fields', () => {
  const error = Object.assign(new TypeError('outer', { cause: new RangeError('inner') }), { code: 'E' });
  logger.emit({ body: error as never });
  expect(take()[0]?.body).toEqual({
    type: 'TypeError',
    message: 'outer',
    stack: expect.stringContaining('TypeError: outer'),
    cause: { type: 'RangeError', message: 'inner', stack: expect.any(String) },
    code: 'E',
  });
});

test('later changes by the application do not affect a record', () => {
  const body = { list: [1], bytes: new Uint8Array([1]) };
  logger.emit({ body, attributes: { body } });
  body.list.push(2);
  body.bytes[0] = 2;
  const [record] = take();
  expect(record?.body).toEqual({ list: [1], bytes: new Uint8Array([1]) });
  expect(record?.attributes).toEqual({ body: record?.body });
});

test('properties of a polluted Object.prototype are not emitted', () => {
  Object.defineProperty(Object.prototype, 'polluted', { value: 'p', enumerable: true, configurable: true, writable: true });
  logger.emit({ body: { a: { b: 1 } }, attributes: { c: { d: 1 } } });
  const { bytes } = serializeLogs(take());
  Reflect.deleteProperty(Object.prototype, 'polluted');
  expect(bytes.includes('d')).toBe(true);
  expect(bytes.includes('polluted')).toBe(false);
});

test('no message exceeds the nesting depth of 100 that decoders accept', () => {
  logger.emit({ body: deep(1e5) as never, attributes: { deep: deep(1e5) as never } });
  expect(nestingOf(JSON.parse(serializeLogs(take()).text))).toBeLessThan(100);
});

const records: [name: string, given: () => unknown, emitted: object][] = [
  ['an invalid time', () => ({ timestamp: 'yesterday', observedTimestamp: Number.NaN, body: 'b' }), { body: 'b' }],
  ['a negative time', () => ({ timestamp: [-1, 0], body: 'b' }), { body: 'b' }],
  ['null for its attributes', () => ({ attributes: null, body: 'b' }), { body: 'b', attributes: {} }],
  ['a list for its attributes', () => ({ attributes: Array(1e6).fill(1), body: 'b' }), { body: 'b', attributes: {}, droppedAttributesCount: 1 }],
  ['an invalid severity', () => ({ severityNumber: 'high', severityText: {}, body: 'b' }), { body: 'b', severityNumber: undefined, severityText: undefined }],
  ['an invalid context', () => ({ context: {}, body: 'b' }), { body: 'b', spanContext: undefined }],
  ['a getter that throws', () => ({ get body() { throw new Error('body'); }, severityText: 's' }), { body: undefined, severityText: 's' }],
  ['an exception without a prototype', () => ({ exception: Object.create(null) }), { attributes: {} }],
  ['an exception', () => ({ exception: Object.assign(new Error('e'), { code: 'E' }) }),
    { attributes: { 'exception.type': 'E', 'exception.message': 'e', 'exception.stacktrace': expect.any(String) } }],
  ['a string as exception', () => ({ exception: 'e' }), { attributes: { 'exception.message': 'e' } }],
  ['an empty key', () => ({ attributes: { '': 1, a: 1 } }), { attributes: { a: 1 } }],
]; // biome-ignore format: a table

test.each(records)('a record with %s is emitted', (_, given, emitted) => {
  logger.emit(given() as LogRecord);
  const [record] = take();
  expect(record).toMatchObject(emitted);
  if ('attributes' in emitted) expect(record?.attributes).toEqual(emitted.attributes);
});

test.each([undefined, null, 'text'])('%s instead of a record is ignored', (given) => {
  logger.emit(given as never);
  expect(take()).toEqual([]);
});

test('an ordinary record is emitted as by the SDK', () => {
  const body = { a: [1, 'b', null, true, { c: new Uint8Array([1]) }] };
  logger.emit({ body, attributes: { body, text: 't' }, severityNumber: SeverityNumber.WARN, severityText: 'w', eventName: 'e', timestamp: 1.7e12 });
  expect(take()).toMatchObject([
    { body, attributes: { body, text: 't' }, severityNumber: 13, severityText: 'w', eventName: 'e', hrTime: [1_700_000_000, 0], droppedAttributesCount: 0 },
  ]);
}); // biome-ignore format: short

test("the SDK's limit for the number of attributes applies", () => {
  const limited = startInMemoryLogs({ attributeCountLimit: 2 });
  limited.logger.emit({ attributes: { a: 'text', b: (2n ** 60n) as never, c: 1, d: 1 } });
  expect(limited.take()).toMatchObject([{ attributes: { a: 'text', b: String(2n ** 60n) }, droppedAttributesCount: 2 }]);
});

test("the SDK's limit for the length of values applies", () => {
  const limited = startInMemoryLogs({ attributeValueLengthLimit: 3 });
  limited.logger.emit({ attributes: { a: 'text', b: ['text'] } });
  expect(limited.take()).toMatchObject([{ attributes: { a: 'tex', b: ['tex'] } }]);
});

test('an error thrown by a processor does not reach the application', () => {
  const onEmit = () => {
    throw new Error('processor');
  };
  const provider = new LoggerProvider({ processors: [{ onEmit, forceFlush: async () => {}, shutdown: async () => {} }] });
  expect(() => provider.getLogger('test').emit({ body: 'b' })).not.toThrow();
});

test('a processor may set attributes of any kind and emit records', () => {
  const emitted: unknown[] = [];
  const provider = new LoggerProvider({
    processors: [
      {
        onEmit(record) {
          emitted.push(record);
          record.setAttribute('deep', deep(100_000) as never).setAttributes({ cyclic: cyclic() as never });
          if (emitted.length === 1) other.emit({ attributes: { inner: 1 } });
        },
        forceFlush: async () => {},
        shutdown: async () => {},
      },
    ],
  });
  const other = provider.getLogger('other');
  provider.getLogger('test').emit({ attributes: { outer: 1 } });
  const set = { deep: deep(limits.depth, '[truncated]'), cyclic: { a: 1, self: '[circular]' } };
  expect(emitted).toMatchObject([{ attributes: { outer: 1, ...set } }, { attributes: { inner: 1, ...set } }]);
});

test('the work for a record is bounded regardless of its size', () => {
  let reads = 0;
  const count = <Target extends object>(target: Target) =>
    new Proxy(target, {
      get(_, key) {
        reads += 1;
        return key === 'length' ? 1e12 : { a: 1 };
      },
      getOwnPropertyDescriptor(_, key) {
        reads += 1;
        return Reflect.getOwnPropertyDescriptor(target, key);
      },
    });
  const wide = Object.fromEntries(Array.from({ length: 50_000 }, (_, index) => [`k${index}`, 1]));
  for (const body of [count([]), count(wide), [count([]), count([])], { a: count([]), b: count(wide) }]) {
    reads = 0;
    logger.emit({ body: body as never, attributes: { body: body as never } });
    const { bytes } = serializeLogs(take());
    expect(reads).toBeGreaterThan(100);
    expect(reads).toBeLessThan(limits.values * 3);
    expect(bytes.length).toBeLessThan(4 * 2 ** 20);
  }
});

test("a record fits into a receiver's limit regardless of the length of its strings", () => {
  const long = '€'.repeat(3e6);
  for (const body of [long, { [long]: 1 }, Array(10).fill(long), new Uint8Array(5e6), { a: new Uint8Array(9e5), b: long }]) {
    logger.emit({ body: body as never, attributes: { body: body as never } });
    const { bytes, text } = serializeLogs(take());
    expect(bytes.length).toBeLessThan(4 * 2 ** 20);
    if (!(body instanceof Uint8Array)) expect(text).toContain('[truncated]');
  }
});

test('1 MiB of binary data is emitted completely', () => {
  logger.emit({ body: new Uint8Array(2 ** 20).fill(7) });
  expect(take()[0]?.body).toEqual(new Uint8Array(2 ** 20).fill(7));
});

test('an unpaired surrogate becomes valid UTF-8', () => {
  logger.emit({ body: 'a\ud83d', attributes: { '\udc00': '\udc00b' } });
  const { bytes } = serializeLogs(take());
  expect(bytes.includes(Buffer.from('a\ufffd'))).toBe(true);
  const unpaired = [Buffer.from([0xed, 0xa0, 0xbd]), Buffer.from([0xed, 0xb0, 0x80])]; // as three bytes each, which UTF-8 forbids
  for (const each of unpaired) expect(bytes.includes(each)).toBe(false);
});

test.each([1, 2, 3])('generated values of every kind are emitted and can be decoded (seed %i)', (seed) => {
  const random = randomFrom(seed);
  for (let count = 0; count < 300; count += 1) {
    const body = hostileValue(random);
    logger.emit({ body: body as never, attributes: hostileValue(random) as never, exception: hostileValue(random) });
    logger.emit(hostileValue(random) as never);
  }
  const emitted = take();
  expect(emitted.length).toBeGreaterThan(300);
  expect(serializeLogs(emitted).decoded).toHaveLength(emitted.length);
});

test('generated plain values are emitted unchanged', () => {
  const random = randomFrom(4);
  for (let count = 0; count < 300; count += 1) {
    const body = plainValue(random);
    const attributes = plainAttributes(random);
    logger.emit({ body: body as never, attributes: attributes as never });
    expect(take()).toMatchObject([{ body, attributes }]);
  }
});

function nestingOf(message: unknown): number {
  if (typeof message !== 'object' || message === null) return 0;
  return Math.max(0, ...Object.values(message).map(nestingOf)) + (Array.isArray(message) ? 0 : 1);
}

function cyclic(): Record<string, unknown> {
  const object: Record<string, unknown> = { a: 1 };
  object.self = object;
  return object;
}

function deep(depth: number, innermost: unknown = 1): unknown {
  let object = innermost;
  for (let count = 0; count < depth; count += 1) object = { deep: object };
  return object;
}
