// The queue with real exporters and receivers.
import { OTLPLogExporter as GrpcExporter } from '@opentelemetry/exporter-logs-otlp-grpc';
import { OTLPLogExporter as HttpExporter } from '@opentelemetry/exporter-logs-otlp-proto';
import { resourceFromAttributes } from '@opentelemetry/resources';
import type { LogRecordExporter, ReadableLogRecord } from '@opentelemetry/sdk-logs';
import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { replaceSerializers, takeSerializationFailures } from '../src/otlp.ts';
import { DeliveryQueue } from '../src/queue.ts';
import { withSingleAttempts } from '../src/single-attempt.ts';
import { sizeOf } from '../src/size.ts';
import { refusedEndpoint, startGrpcReceiver, startHttpReceiver, startSilentReceiver } from './support/receivers.ts';

replaceSerializers();

const lines: string[] = [];
beforeEach(() => {
  lines.length = 0;
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => lines.push(String(text).trimEnd()) > 0);
});
afterEach(() => vi.restoreAllMocks());

const stops: (() => void)[] = [];
afterAll(() => {
  for (const stop of stops) stop();
});

const resource = resourceFromAttributes({ 'service.name': 'test' });
const record = (body: string): ReadableLogRecord =>
  ({
    resource,
    instrumentationScope: { name: 'test' },
    hrTime: [1, 1],
    hrTimeObserved: [1, 1],
    attributes: {},
    droppedAttributesCount: 0,
    body,
  }) as never;

function start(endpoint: string, createExporter: () => LogRecordExporter) {
  const options = { takeSerializationFailures, maxItems: 10_000, maxBytes: 64e6, sizeOf, maxBatchItems: 1_024, delayMs: 1e6 };
  return new DeliveryQueue<ReadableLogRecord>({ what: 'log records', endpoint, createExporter, ...options });
}

const poison = (code: number) => (bodies: string[]) =>
  bodies.includes('poison') ? { code, details: 'invalid record' } : undefined;

const protocols = [
  ['gRPC', startGrpcReceiver, (url: string) => new GrpcExporter({ url }), 3, 16, 14],
  ['HTTP', startHttpReceiver, (url: string) => withSingleAttempts(new HttpExporter({ url })), 400, 401, 503],
] as const;

describe.each(protocols)('%s', (_, startReceiver, createExporter, invalid, unauthenticated, unavailable) => {
  test('only the record that a receiver rejects is dropped', async () => {
    const receiver = await startReceiver(poison(invalid));
    const queue = start(receiver.endpoint, () => createExporter(receiver.endpoint));
    for (let index = 0; index < 100; index += 1) queue.add(record(index === 42 ? 'poison' : `body ${index}`));
    await queue.flush(20_000);
    expect(receiver.accepted).toHaveLength(99);
    expect(lines).toEqual([expect.stringMatching(/^telemetry: 1 log records were refused by http:\S+: .+/)]);
    await receiver.stop();
  });

  test('a request without a valid token is sent once', async () => {
    const receiver = await startReceiver(() => ({ code: unauthenticated, details: 'no token' }));
    const queue = start(receiver.endpoint, () => createExporter(receiver.endpoint));
    for (let index = 0; index < 100; index += 1) queue.add(record('body'));
    await queue.flush(20_000);
    expect(receiver.requests).toBe(1);
    expect(lines).toEqual([expect.stringMatching(/^telemetry: 100 log records were refused by http:\S+: .+/)]);
    await receiver.stop();
  });

  test('a temporarily unavailable receiver gets everything', async () => {
    let isUnavailable = true;
    const receiver = await startReceiver(() => {
      const refusal = isUnavailable ? { code: unavailable, details: 'later' } : undefined;
      isUnavailable = false;
      return refusal;
    });
    const queue = start(receiver.endpoint, () => createExporter(receiver.endpoint));
    queue.add(record('body'));
    await queue.flush(20_000);
    expect(receiver.accepted).toEqual(['body']);
    expect(lines).toEqual([expect.stringMatching(/^telemetry: cannot reach http:/), expect.stringMatching(/ recovered$/)]);
    await receiver.stop();
  });

  test('a flush ends immediately if the connection is refused', async () => {
    const endpoint = await refusedEndpoint();
    const queue = start(endpoint, () => createExporter(endpoint));
    queue.add(record('body'));
    await queue.flush(1e6);
    await queue.flush(1e6);
    expect(queue.pendingBatches()).toHaveLength(1);
    expect(lines).toEqual([
      expect.stringMatching(
        /^telemetry: cannot reach http:\S+: buffering spans and logs until it recovers \(.*ECONNREFUSED.*\)$/,
      ),
    ]);
  });

  test('a flush ends at its deadline if the receiver never responds', async () => {
    const receiver = await startSilentReceiver();
    const queue = start(receiver.endpoint, () => createExporter(receiver.endpoint));
    queue.add(record('body'));
    await queue.flush(50);
    expect(queue.pendingBatches()).toHaveLength(1);
    stops.push(receiver.stop); // what follows is logged
  });
});

test('a request larger than a gRPC receiver accepts is split', async () => {
  const receiver = await startGrpcReceiver(() => undefined);
  const queue = start(receiver.endpoint, () => new GrpcExporter({ url: receiver.endpoint }));
  for (let index = 0; index < 10; index += 1) queue.add(record('€'.repeat(400_000)));
  queue.add(record('€'.repeat(2_000_000)));
  queue.add(record('last'));
  await queue.flush(20_000);
  expect(receiver.accepted).toHaveLength(11);
  expect(lines).toEqual([expect.stringMatching(/^telemetry: 1 log records were refused by http:\S+: .*larger than max/)]);
  await receiver.stop();
});

test('the Retry-After of an HTTP receiver is respected', async () => {
  const exporter = {
    _delegate: { _transport: { _transport: { send: async () => ({ status: 'retryable', retryInMillis: 2_000 }) } } },
  };
  const { _delegate } = withSingleAttempts(exporter);
  const response = await (_delegate._transport as never as { send(): Promise<unknown> }).send();
  expect(response).toMatchObject({ status: 'failure', error: { retryInMillis: 2_000 } });
});
