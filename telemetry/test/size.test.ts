// The size estimate of an item reads a bounded number of values and includes everything that uses much memory.
import { expect, test } from 'vitest';
import { limits } from '../src/bounded-value.ts';
import { sizeOf } from '../src/size.ts';

const record = (body: unknown, attributes: object = {}) => sizeOf({ body, attributes } as never);
const empty = record('');

test.each([
  ['a string', 'x'.repeat(5_000), 5_000],
  ['binary data', new Uint8Array(1e6), 1e6],
  ['strings in a list', Array(10).fill('x'.repeat(500)), 5_000],
  ['strings in an object', { a: { b: 'x'.repeat(5_000) } }, 5_000],
])('the size includes %s', (_, body, bytes) => {
  expect(record(body) - empty).toBeGreaterThanOrEqual(bytes);
  expect(record(body) - empty).toBeLessThan(bytes * 1.1);
  expect(record('', { body }) - empty).toBeGreaterThanOrEqual(bytes);
});

test('the size of a span includes its events and links', () => {
  const span = { attributes: {}, events: [], links: [] };
  const attributes = { text: 'x'.repeat(5_000) };
  expect(sizeOf({ ...span, events: [{ attributes }], links: [{ attributes }] } as never)).toBeGreaterThan(
    10_000 + sizeOf(span as never),
  );
});

test('the number of values read is limited', () => {
  let reads = 0;
  const get = (_: unknown, key: PropertyKey) => {
    reads += 1;
    return key === 'length' ? 1e12 : { a: 1 };
  };
  record(new Proxy([], { get }), { list: new Proxy([], { get }) });
  expect(reads).toBeGreaterThan(limits.values / 2);
  expect(reads).toBeLessThan(limits.values * 3);
});

test('a cyclic and a deeply nested value do not recurse forever', () => {
  const cyclic: Record<string, unknown> = {};
  cyclic.self = cyclic;
  cyclic.other = cyclic;
  let deep: unknown = 1;
  for (let depth = 0; depth < 100_000; depth += 1) deep = [deep];
  expect(record(cyclic)).toBeLessThan(1e6);
  expect(record(deep)).toBeLessThan(1e6);
});

test('the size excludes inherited properties', () => {
  expect(record(Object.create({ text: 'x'.repeat(5_000) }))).toBeLessThan(empty + 100);
});
