// Values from a seeded generator, the same in each run.

import { createTraceState } from '@opentelemetry/api';

type Random = () => number;

/** mulberry32. @returns a generator of numbers from 0 to 1 */
export function randomFrom(seed: number): Random {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function pick<Item>(random: Random, items: readonly Item[]): Item {
  return items[Math.floor(random() * items.length)] as Item;
}

const texts = [
  '',
  'a',
  'text',
  'ü',
  '€',
  'a 🚀 b',
  '\ud83d',
  '\udc00 b',
  'a\0b',
  '"\\\n',
  '__proto__',
  'x'.repeat(200),
  '€'.repeat(100),
];
const numbers = [
  0,
  -0,
  1,
  -1,
  127,
  128,
  2 ** 31,
  2 ** 53,
  -(2 ** 53),
  2 ** 63,
  -(2 ** 63),
  0.1,
  1e300,
  5e-324,
  Number.NaN,
  Infinity,
  -Infinity,
];

/** An AnyValue of OpenTelemetry. */
export function plainValue(random: Random, depth = 0): unknown {
  const kinds = depth > 4 ? 5 : 8;
  switch (Math.floor(random() * kinds)) {
    case 0:
      return pick(random, texts);
    case 1:
      return pick(random, numbers);
    case 2:
      return Math.floor((random() - 0.5) * 2 ** (1 + random() * 62));
    case 3:
      return random() < 0.5;
    case 4:
      return random() < 0.5 ? null : new Uint8Array(Math.floor(random() * 300)).fill(random() * 256);
    case 5:
      return Array.from({ length: Math.floor(random() * 5) }, () => plainValue(random, depth + 1));
    default:
      return plainAttributes(random, depth + 1);
  }
}

export function plainAttributes(random: Random, depth = 0): Record<string, unknown> {
  const entries = Array.from({ length: Math.floor(random() * 6) }, (_, index) => [
    `${pick(random, texts)}${index}`,
    plainValue(random, depth),
  ]);
  return Object.fromEntries(entries);
}

/** All fields of a span except its resource and scope; each is sometimes missing. */
export function plainSpan(random: Random): Record<string, unknown> {
  return {
    name: pick(random, texts),
    kind: Math.floor(random() * 5),
    spanContext: constant(plainContext(random)),
    ...maybe(random, { parentSpanContext: plainContext(random) }),
    startTime: plainTime(random),
    endTime: plainTime(random),
    status: { code: Math.floor(random() * 3), ...maybe(random, { message: pick(random, texts) }) },
    attributes: plainAttributes(random),
    events: plainList(random, () => ({
      name: pick(random, texts),
      time: plainTime(random),
      ...maybe(random, { attributes: plainAttributes(random) }),
      ...maybe(random, { droppedAttributesCount: plainCount(random) }),
    })),
    links: plainList(random, () => ({
      context: plainContext(random),
      ...maybe(random, { attributes: plainAttributes(random) }),
      ...maybe(random, { droppedAttributesCount: plainCount(random) }),
    })),
    droppedAttributesCount: plainCount(random),
    droppedEventsCount: plainCount(random),
    droppedLinksCount: plainCount(random),
  };
}

/** Like `plainSpan`. */
export function plainLogRecord(random: Random): Record<string, unknown> {
  return {
    hrTime: plainTime(random),
    hrTimeObserved: plainTime(random),
    ...maybe(random, { severityNumber: Math.floor(random() * 25) }),
    ...maybe(random, { severityText: pick(random, texts) }),
    ...maybe(random, { body: plainValue(random) }),
    ...maybe(random, { spanContext: plainContext(random) }),
    ...maybe(random, { eventName: pick(random, texts) }),
    attributes: plainAttributes(random),
    droppedAttributesCount: plainCount(random),
  };
}

export function plainScope(random: Random): { name: string } {
  return {
    name: pick(random, texts),
    ...maybe(random, { version: pick(random, texts) }),
    ...maybe(random, { attributes: plainAttributes(random), droppedAttributesCount: plainCount(random) }),
    ...schemaUrl(random),
  };
}

export function schemaUrl(random: Random): { schemaUrl?: string } {
  return maybe(random, { schemaUrl: `https://opentelemetry.io/schemas/1.${plainCount(random)}.0` });
}

function plainContext(random: Random): object {
  const states = ['a=1', 'vendor@tenant=x:y;z,b=2', ''];
  return {
    traceId: plainId(random, 32),
    spanId: plainId(random, 16),
    traceFlags: Math.floor(random() * 256),
    ...maybe(random, { isRemote: random() < 0.5 }),
    ...maybe(random, { traceState: createTraceState(pick(random, states)) }),
  };
}

/** Never all zeros, so that ids are valid. */
function plainId(random: Random, digits: number): string {
  return Array.from({ length: digits }, (_, index) =>
    Math.floor(index === 0 ? 1 + random() * 15 : random() * 16).toString(16),
  ).join('');
}

function plainTime(random: Random): [number, number] {
  return [Math.floor(random() * 2 ** 33), Math.floor(random() * 1e9)];
}

function plainCount(random: Random): number {
  return Math.floor(random() * pick(random, [1, 3, 300, 70_000, 2 ** 31]));
}

function plainList<Item>(random: Random, create: () => Item): Item[] {
  return Array.from({ length: Math.floor(random() * 3) }, create);
}

function maybe<Fields extends object>(random: Random, fields: Fields): Fields | Record<string, never> {
  return random() < 0.7 ? fields : {};
}

function constant<Value>(value: Value): () => Value {
  return () => value;
}

/** Any JavaScript value, for code that must neither throw nor run forever. */
export function hostileValue(random: Random, { endless = true, depth = 0 } = {}): unknown {
  const values: ((nested: () => unknown) => unknown)[] = [
    () => plainValue(random),
    () => undefined,
    () => BigInt(Math.floor(random() * 2 ** 53)) ** BigInt(Math.floor(random() * 30)),
    () => Symbol('symbol'),
    () => () => {},
    () => new Date(random() < 0.3 ? Number.NaN : 1.7e12),
    () => new (class Order {
      id = 1;
      get total() {
        throw new Error('total');
      }
    })(),
    () => Object.assign(Object.create(null), { a: 1 }),
    (nested) => Object.assign(new RangeError('range', { cause: nested() }), { code: 'E_RANGE', nested: nested() }),
    (nested) => new AggregateError([nested(), nested()], 'several'),
    (nested) => new Map<unknown, unknown>([['a', nested()], [{}, 1], [Symbol('b'), 2]]),
    (nested) => new Set([nested(), nested()]),
    (nested) => [nested(), nested(), nested()],
    (nested) => ({ a: nested(), [pick(random, texts)]: nested() }),
    () => JSON.parse('{"__proto__":{"polluted":1},"constructor":"x"}'),
    () => Object.defineProperty({ b: 1 }, 'a', { enumerable: true, get: () => { throw new Error('getter'); } }),
    () => new Proxy({ a: 1 }, { get: () => { throw new Error('get'); } }),
    () => new Proxy({ a: 1 }, { ownKeys: () => { throw new Error('ownKeys'); } }),
    () => (endless ? new Proxy([1, 2], { get: (_, key) => (key === 'length' ? 1e9 : 1) }) : []),
    () => { const { proxy, revoke } = Proxy.revocable({}, {}); revoke(); return proxy; },
    () => Object.create({ inherited: 1 }, { own: { value: 1, enumerable: true } }),
    () => { const cyclic: Record<string, unknown> = { a: 1 }; cyclic.self = cyclic; return cyclic; },
    () => new Float64Array(5),
    () => new BigInt64Array(3),
    () => new DataView(new ArrayBuffer(8)),
    () => new ArrayBuffer(8),
    () => Buffer.from('buffer'),
    () => [new String('boxed'), new Number(1), new Boolean(false)],
    () => ({ toJSON: () => { throw new Error('toJSON'); }, toString: () => { throw new Error('toString'); } }),
    () => new URL('http://localhost/'),
    () => Promise.resolve(1),
    () => new WeakMap(),
    () => /a/,
  ]; // biome-ignore format: a table
  const nested = () => (depth > 3 ? 1 : hostileValue(random, { endless, depth: depth + 1 }));
  return pick(random, values)(nested);
}
