// What replaces parts of the API and the SDK to save time behaves like the original.
import { setImmediate } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { type Context, context, createContextKey, ROOT_CONTEXT, SpanKind, trace } from '@opentelemetry/api';
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import { AlwaysOnSampler, ParentBasedSampler, TracerProvider } from '@opentelemetry/sdk-trace';
import { describe, expect, test } from 'vitest';
import { guardSpans } from '../src/guarded-spans.ts';
import { LAYERED_ROOT } from '../src/layered-context.ts';
import { ParentSampler } from '../src/parent-sampler.ts';

describe('a layered context', () => {
  const keys = Array.from({ length: 40 }, (_, index) => createContextKey(`key ${index}`));
  const derive = (root: Context) => keys.reduce((parent, key, index) => parent.setValue(key, index), root);
  const valuesIn = (each: Context) => keys.map((key) => each.getValue(key));

  test('has the values of all that it is derived from, as deep as it may be', () => {
    expect(valuesIn(derive(LAYERED_ROOT))).toEqual(valuesIn(derive(ROOT_CONTEXT)));
    const [first, second] = keys as [symbol, symbol];
    const parent = LAYERED_ROOT.setValue(first, 1);
    const child = parent.setValue(first, 2).setValue(second, 3).deleteValue(second);
    expect([parent, child].map((each) => [each.getValue(first), each.getValue(second)])).toEqual([
      [1, undefined],
      [2, undefined],
    ]);
  });

  test('may be wrapped in a proxy or copied, and its methods may be called without it', () => {
    const [key] = keys as [symbol];
    const { getValue, setValue, deleteValue } = LAYERED_ROOT.setValue(key, 1);
    expect(getValue(key)).toBe(1);
    expect(setValue(key, 2).getValue(key)).toBe(2);
    expect(deleteValue(key).getValue(key)).toBeUndefined();
    const layered = LAYERED_ROOT.setValue(key, 1);
    for (const each of [new Proxy(layered, {}), { ...layered }]) {
      expect(context.with(each, () => each.setValue(key, each.getValue(key))).getValue(key)).toBe(1);
    }
  });
});

test('a layered context does not retain a deleted value', async () => {
  setFlagsFromString('--expose-gc');
  const collectGarbage: () => void = runInNewContext('gc');
  const key = createContextKey('key');
  const withValue = (value: object) => ({
    context: LAYERED_ROOT.setValue(key, value).deleteValue(key),
    value: new WeakRef(value),
  });
  const kept = withValue({});
  await setImmediate(); // a WeakRef retains its value until the current job ends
  collectGarbage();
  expect(kept.value.deref()).toBeUndefined();
  expect(kept.context.getValue(key)).toBeUndefined();
});

test.each([
  ['no parent', undefined, true],
  ['a sampled parent', { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), traceFlags: 1 }, true],
  ['a parent that is not sampled', { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), traceFlags: 0 }, false],
  [
    'a remote parent that is not sampled',
    { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), traceFlags: 0, isRemote: true },
    false,
  ],
  ['a parent with other flags', { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), traceFlags: 2 }, false],
  ['a parent with an invalid span id', { traceId: 'a'.repeat(32), spanId: 'x', traceFlags: 0 }, true],
  ['a parent with an invalid trace id', { traceId: '0'.repeat(32), spanId: 'b'.repeat(16), traceFlags: 0 }, true],
])('the default sampler decides like that of the SDK: %s', (_, parent, isSampled) => {
  const parentContext = parent ? trace.setSpanContext(ROOT_CONTEXT, parent) : ROOT_CONTEXT;
  for (const sampler of [new ParentSampler(), new ParentBasedSampler({ root: new AlwaysOnSampler() })]) {
    const span = new TracerProvider({ sampler }).getTracer('test').startSpan('x', { kind: SpanKind.SERVER }, parentContext);
    expect(span.isRecording()).toBe(isSampled);
  }
});

test("the SDK's metrics about spans are recorded for a provider that has a meter provider", async () => {
  guardSpans();
  new TracerProvider().getTracer('test').startSpan('not counted').end();
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const meterProvider = new MeterProvider({ readers: [new PeriodicExportingMetricReader({ exporter })] });
  new TracerProvider({ meterProvider }).getTracer('test').startSpan('counted').end();
  await meterProvider.forceFlush();
  const all = exporter.getMetrics().flatMap(({ scopeMetrics }) => scopeMetrics.flatMap(({ metrics }) => metrics));
  const valuesOf = (name: string) => all.find(({ descriptor }) => descriptor.name === name)?.dataPoints.map(({ value }) => value);
  expect(valuesOf('otel.sdk.span.started')).toEqual([1]);
  expect(valuesOf('otel.sdk.span.live')).toEqual([0]);
  await meterProvider.shutdown();
});
