// The promises of the queue, tested with a receiver in memory. queue-receivers.test.ts has real ones.
import { type ExportResult, ExportResultCode } from '@opentelemetry/core';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { until } from '../../test/support/until.ts';
import { DeliveryQueue, type QueueOptions } from '../src/queue.ts';

interface Item {
  id: number;
  bytes: number;
  resource: never;
}

type Answer = (items: Item[]) => unknown;

const accept: Answer = () => undefined;
const refuse = (code: unknown, message = 'refused') => Object.assign(new Error(message), { code });
const unreachable = refuse(
  14,
  'No connection established. Last error: Error: connect ECONNREFUSED 127.0.0.1:4317. Resolution note: none',
);

const lines: string[] = [];
beforeEach(() => {
  lines.length = 0;
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => lines.push(String(text).trimEnd()) > 0);
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

let count = 0;

/** @param answer responds to the items of a request: with an error to reject them, undefined to accept them, or a promise of either */
function start(answer: Answer, options: Partial<QueueOptions<Item>> = {}) {
  count += 1;
  const receiver = { answer, accepted: [] as number[], requests: [] as number[][] };
  const queue = new DeliveryQueue<Item>({
    what: 'items',
    endpoint: `http://receiver-${count}`,
    createExporter: () => ({
      export(items: Item[], done: (result: ExportResult) => void) {
        receiver.requests.push(idsOf(items));
        void Promise.resolve(receiver.answer(items)).then((error) => {
          if (!error) receiver.accepted.push(...idsOf(items));
          done(error ? { code: ExportResultCode.FAILED, error: error as Error } : { code: ExportResultCode.SUCCESS });
        });
      },
      shutdown: async () => {},
    }),
    takeSerializationFailures: () => 0,
    maxItems: 10_000,
    maxBytes: 1e9,
    sizeOf: ({ bytes }) => bytes,
    maxBatchItems: 1_024,
    delayMs: 10,
    ...options,
  });
  return { queue, receiver };
}

const items = (length: number, { from = 0, bytes = 1 } = {}): Item[] =>
  Array.from({ length }, (_, index) => ({ id: from + index, bytes, resource: {} as never }));
const idsOf = (some: Item[]) => some.map(({ id }) => id);
const range = (length: number) => Array.from({ length }, (_, index) => index);
const addAll = (queue: DeliveryQueue<Item>, some: Item[]) => {
  for (const item of some) queue.add(item);
};
const sorted = (ids: number[]) => ids.toSorted((a, b) => a - b);
const silent = () => new Promise(() => {});

describe('delivery', () => {
  test('items are delivered in order, in batches', async () => {
    const { queue, receiver } = start(accept, { maxBatchItems: 10 });
    addAll(queue, items(25));
    await until('all items', () => receiver.accepted.length === 25);
    expect(receiver.accepted).toEqual(range(25));
    expect(receiver.requests.map(({ length }) => length)).toEqual([10, 10, 5]);
    expect(lines).toEqual([]);
  });

  test('a batch does not exceed the size a receiver accepts', async () => {
    const { queue, receiver } = start(accept);
    addAll(queue, [...items(10, { bytes: 5e5 }), ...items(1, { from: 10, bytes: 5e6 }), ...items(5, { from: 11 })]);
    await queue.flush(1e6);
    expect(receiver.accepted).toEqual(range(16));
    expect(receiver.requests.map(({ length }) => length)).toEqual([4, 4, 2, 1, 5]);
  });

  test('items are buffered while the receiver is unreachable and delivered when it recovers, and each is logged once', async () => {
    const { queue, receiver } = start(() => unreachable);
    addAll(queue, items(3));
    await until('two attempts', () => receiver.requests.length >= 2);
    queue.add(items(1, { from: 3 })[0] as Item);
    receiver.answer = accept;
    await until('all items', () => receiver.accepted.length === 4);
    expect(receiver.accepted).toEqual(range(4));
    expect(lines).toEqual([
      expect.stringMatching(/^telemetry: cannot reach http:\/\/receiver-\d+: buffering spans and logs until it recovers \(connect ECONNREFUSED 127\.0\.0\.1:4317\)$/),
      expect.stringMatching(/^telemetry: http:\/\/receiver-\d+ recovered$/),
    ]);
  }); // biome-ignore format: short

  test('items dropped because the queue is full are counted', async () => {
    const { queue, receiver } = start(silent, { maxItems: 5 });
    addAll(queue, items(12));
    queue.reportUndelivered();
    expect(lines).toEqual([
      'telemetry: queue is full (5 items, 0.0 MiB): new ones are dropped',
      expect.stringMatching(/^telemetry: 5 items may not have been delivered to http:\/\/receiver-\d+ before the process ended$/),
      'telemetry: 7 items were dropped',
    ]);
    expect(receiver.accepted).toEqual([]);
  });

  test('the queue is bounded in bytes as well', () => {
    const { queue } = start(silent, { maxBytes: 5e6 });
    addAll(queue, items(12, { bytes: 1e6 }));
    expect(lines).toEqual(['telemetry: queue is full (5 items, 4.8 MiB): new ones are dropped']);
  });

  test('an item whose size cannot be determined is dropped and counted', () => {
    const sizeOf = () => {
      throw new Error('size');
    };
    const { queue } = start(accept, { sizeOf });
    expect(() => addAll(queue, items(2))).not.toThrow();
    queue.reportUndelivered();
    expect(lines).toEqual(['telemetry: 2 items were dropped']);
  });

  test('items dropped by the serializer are counted', async () => {
    let failures = 0;
    const answer = () => {
      failures += 2;
    };
    const takeSerializationFailures = () => {
      const taken = failures;
      failures = 0;
      return taken;
    };
    failures = 7; // of another queue
    const { queue } = start(answer, { takeSerializationFailures });
    addAll(queue, items(5));
    await queue.flush(1e6);
    expect(lines).toEqual(['telemetry: 2 items were dropped']);
  });
});

describe('a batch that is rejected because of its content', () => {
  const poison =
    (...ids: number[]) =>
    (some: Item[]) =>
      some.some(({ id }) => ids.includes(id)) && refuse(3);

  test.each([
    ['INVALID_ARGUMENT', 3, 'bad'],
    ['INTERNAL', 13, 'cannot decode'],
    ['UNKNOWN', 2, 'handler failed'],
    ['RESOURCE_EXHAUSTED for its size', 8, 'Received message larger than max (5000000 vs. 4194304)'],
    ['400', 400, 'Bad Request'],
    ['413', 413, 'Payload Too Large'],
    ['500', 500, 'Internal Server Error'],
  ])('%s: all items except the invalid one are delivered', async (_, code, message) => {
    const { queue, receiver } = start((some) => some.some(({ id }) => id === 700) && refuse(code, message));
    addAll(queue, items(1_024));
    await queue.flush(1e6);
    expect(sorted(receiver.accepted)).toEqual(range(1_024).filter((id) => id !== 700));
    expect(receiver.requests.length).toBeLessThan(25);
    expect(lines).toEqual([expect.stringMatching(`^telemetry: 1 items were refused by http://receiver-\\d+: ${message.replace(/[().]/g, '\\$&')}$`)]);
  }); // biome-ignore format: short

  test('only the invalid items are dropped', async () => {
    const { queue, receiver } = start(poison(0, 511, 1_023));
    addAll(queue, items(1_024));
    await queue.flush(1e6);
    expect(sorted(receiver.accepted)).toEqual(range(1_024).filter((id) => ![0, 511, 1_023].includes(id)));
    expect(lines).toEqual([expect.stringMatching(/^telemetry: 3 items were refused/)]);
  });

  test('a batch needs at most 64 requests, each of its items is delivered or counted, and the next batch is delivered', async () => {
    const { queue, receiver } = start((some) => some.some(({ id }) => id < 1_024 && id % 10 === 0) && refuse(3));
    addAll(queue, items(1_124));
    await queue.flush(1e6);
    expect(receiver.requests.length).toBeGreaterThan(50);
    expect(receiver.requests.length).toBeLessThanOrEqual(64 + 1);
    const refused = Number(/(\d+) items were refused/.exec(lines.join())?.[1]);
    expect(refused + receiver.accepted.length).toBe(1_124);
    expect(receiver.accepted).toEqual(expect.arrayContaining(items(100, { from: 1_024 }).map(({ id }) => id)));
    expect(new Set(receiver.accepted).size).toBe(receiver.accepted.length);
  });

  test.each([
    ['UNAUTHENTICATED', 16],
    ['PERMISSION_DENIED', 7],
    ['UNIMPLEMENTED', 12],
    ['NOT_FOUND', 5],
    ['401', 401],
    ['403', 403],
    ['404', 404],
  ])('%s is not caused by the content: one request, one log line', async (_, code) => {
    const { queue, receiver } = start(() => refuse(code));
    addAll(queue, items(100));
    await queue.flush(1e6);
    expect(receiver.requests).toHaveLength(1);
    expect(lines).toEqual([expect.stringMatching(/^telemetry: 100 items were refused by http:\/\/receiver-\d+: refused$/)]);
  });

  test('an exporter that throws for one item still delivers the others', async () => {
    const { queue, receiver } = start((some) => {
      if (some.some(({ id }) => id === 3)) throw new Error('cannot encode');
    });
    addAll(queue, items(10));
    await queue.flush(1e6);
    expect(sorted(receiver.accepted)).toEqual(range(10).filter((id) => id !== 3));
    expect(lines).toEqual([expect.stringMatching(/^telemetry: 1 items were refused by \S+: Error: cannot encode$/)]);
  });

  test('the receiver may become unreachable while the batch is split', async () => {
    let attempts = 0;
    const { queue, receiver } = start((some) => {
      attempts += 1;
      return attempts === 2 ? refuse(14, 'try later') : poison(5)(some);
    });
    addAll(queue, items(8));
    await queue.flush(1e6);
    expect(sorted(receiver.accepted)).toEqual([0, 1, 2, 3, 4, 6, 7]);
  });

  test('a message of several lines is logged in one truncated line', async () => {
    const { queue } = start(() => refuse(16, `first\nsecond ${'x'.repeat(5_000)}`));
    addAll(queue, items(1));
    await queue.flush(1e6);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain('first second');
    expect(lines[0]?.length).toBeLessThan(500);
  });
});

describe('flush', () => {
  test('resolves when all items are delivered, including those added during the flush', async () => {
    const { queue, receiver } = start(accept, { delayMs: 1e6 });
    addAll(queue, items(5));
    const flushed = queue.flush(1e6);
    addAll(queue, items(5, { from: 5 }));
    await flushed;
    expect(receiver.accepted).toEqual(range(10));
  });

  test('resolves for an empty queue', async () => {
    await start(silent).queue.flush(1e6);
  });

  test('resolves as soon as connections are refused, and buffered items remain', async () => {
    const { queue, receiver } = start(() => unreachable, { delayMs: 1e6 });
    addAll(queue, items(5));
    await queue.flush(1e6);
    expect(receiver.requests).toHaveLength(1);
    await queue.flush(1e6); // while the next attempt waits
    expect(receiver.requests).toHaveLength(2);
    receiver.answer = accept;
    await queue.flush(1e6);
    expect(receiver.accepted).toEqual(range(5));
  });

  test('does not wait for the next scheduled attempt', async () => {
    const { queue, receiver } = start(() => Object.assign(refuse(14, 'busy'), { retryInMillis: 60_000 }));
    addAll(queue, items(1));
    await until('an attempt', () => lines.length === 1);
    receiver.answer = accept;
    await queue.flush(1e6);
    expect(receiver.accepted).toEqual([0]);
  });

  test('retries a receiver that is busy', async () => {
    const { queue, receiver } = start(() => refuse(14, 'busy'));
    addAll(queue, items(1));
    const flushed = queue.flush(1e6);
    await until('two attempts', () => receiver.requests.length >= 2);
    receiver.answer = accept;
    await flushed;
    expect(receiver.accepted).toEqual([0]);
  });

  test('resolves at its deadline if the receiver never responds, each flush at its own', async () => {
    const { queue } = start(silent);
    addAll(queue, items(1));
    const order: string[] = [];
    const long = queue.flush(200).then(() => order.push('long'));
    await queue.flush(20).then(() => order.push('short'));
    await long;
    expect(order).toEqual(['short', 'long']);
  });

  test('leaves items pending that are in flight at the deadline', async () => {
    const { queue } = start(silent, { maxBatchItems: 3 });
    addAll(queue, items(8));
    await queue.flush(1);
    expect(queue.pendingBatches().map(idsOf)).toEqual([[0, 1, 2], [3, 4, 5], [6, 7]]); // biome-ignore format: short
  });
});

describe('at process exit', () => {
  test('only full batches are sent for two seconds after a signal', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    const { queue, receiver } = start(accept, { maxBatchItems: 3, delayMs: 100 });
    addAll(queue, items(1));
    queue.pause();
    await vi.advanceTimersByTimeAsync(1_999);
    expect(receiver.requests).toEqual([]);
    addAll(queue, items(4, { from: 1 }));
    await vi.advanceTimersByTimeAsync(0);
    expect(receiver.accepted).toEqual([0, 1, 2]);
    await vi.advanceTimersByTimeAsync(100);
    expect(receiver.accepted).toEqual(range(5));
  });

  test('items delivered by other means are neither pending nor reported', async () => {
    const { queue } = start(silent, { maxBatchItems: 3 });
    addAll(queue, items(8));
    await queue.flush(1);
    const [first, , last] = queue.pendingBatches() as [Item[], Item[], Item[]];
    queue.markDelivered([...first, ...last]);
    expect(queue.pendingBatches().map(idsOf)).toEqual([[3, 4, 5]]);
    queue.reportUndelivered();
    expect(lines).toEqual([
      expect.stringMatching(/^telemetry: 3 items may not have been delivered to \S+ before the process ended$/),
    ]);
    queue.markDelivered(queue.pendingBatches().flat());
    lines.length = 0;
    queue.reportUndelivered();
    expect(lines).toEqual([]);
  });

  test('only the undelivered part of a rejected batch is pending', async () => {
    const { queue, receiver } = start((some) => (some.length > 2 ? refuse(3) : some[0]?.id === 2 ? silent() : undefined));
    addAll(queue, items(4));
    await queue.flush(1);
    await until('the first half', () => receiver.accepted.length === 2);
    expect(queue.pendingBatches().map(idsOf)).toEqual([[2, 3]]);
  });

  test('a queue adds no listener to the process', () => {
    const listeners = () => process.eventNames().map((name) => [name, process.listenerCount(name)]);
    const before = listeners();
    const { queue } = start(silent);
    addAll(queue, items(5));
    void queue.flush(10);
    expect(listeners()).toEqual(before);
  });
});
