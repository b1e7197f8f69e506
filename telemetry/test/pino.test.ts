// Lines of pino carry the ids of the active span. Everything else is the same as without instrumentation.
import { createRequire } from 'node:module';
import { context, INVALID_SPAN_CONTEXT, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { suppressTracing } from '@opentelemetry/core';
import { afterEach, describe, expect, test } from 'vitest';
import { PinoInstrumentation } from '../src/pino.ts';
import { situations } from './support/pino-situations.ts';
import { collect, ids, inSpan, spanId, traceId, tracePino, versions } from './support/pino-versions.ts';

describe.each(versions)('%s', (_, pino) => {
  let stop = () => {};
  afterEach(() => stop());

  const start = (options?: { exports: boolean }) => {
    const traced = tracePino(pino, options);
    stop = traced.stop;
    return traced;
  };

  test.each(Object.entries(situations))('%s: the same as without instrumentation', (_, situation) => {
    const observe = () => {
      const seen: unknown[][] = [];
      situation(pino, (...what) => seen.push(what.map(withoutIds)));
      return seen;
    };
    const bare = observe();
    start();
    expect(inSpan(observe)).toEqual(bare);
    stop();
    start({ exports: false });
    expect(inSpan(observe)).toEqual(bare);
  });

  test.each([true, false])('a line written within a span ends with its ids (exported: %s)', (exports) => {
    const { lines, stream } = collect();
    const before = pino({}, stream);
    const child = before.child({ a: 1 });
    start({ exports });
    inSpan(() => {
      before.info('text');
      child.info({ b: 2 });
      pino({ base: null, timestamp: false, nestedKey: 'nested' }, stream).info({ b: 2 });
      pino({ base: null, timestamp: false, crlf: true }, stream).info('end');
      pino({ hooks: { streamWrite: (line: string) => line } } as never, stream).info('hook');
    });
    const text = `,"trace_id":"${traceId}","span_id":"${spanId}","trace_flags":"01"}`;
    for (const line of lines) expect(line.trimEnd().endsWith(text)).toBe(true);
    expect(lines.map((line) => JSON.parse(line))).toEqual(lines.map(() => expect.objectContaining(ids)));
    expect(lines[2]).toBe(`{"level":30,"nested":{"b":2}${text}\n`);
    expect(lines[3]?.endsWith('}\r\n')).toBe(true);
  });

  test.each([true, false])(
    'a line gets no ids outside a span, in an invalid span or while tracing is suppressed (exported: %s)',
    (exports) => {
      const { lines, stream } = collect();
      const logger = pino({}, stream);
      start({ exports });
      logger.info('text');
      context.with(trace.setSpanContext(ROOT_CONTEXT, INVALID_SPAN_CONTEXT), () => logger.info('text'));
      context.with(trace.setSpanContext(ROOT_CONTEXT, { traceId: '"}', spanId, traceFlags: 1 }), () => logger.info('text'));
      inSpan(() => context.with(suppressTracing(context.active()), () => logger.info('text')));
      expect(lines).toHaveLength(4);
      expect(lines.join()).not.toMatch(/trace_id|span_id|trace_flags/);
    },
  );

  test.each([true, false])('ids already present in a line are not changed (exported: %s)', (exports) => {
    const { lines, stream } = collect();
    start({ exports });
    inSpan(() => {
      pino({ mixin: () => ({ trace_flags: 'own' }) }, stream).info({ trace_id: 'own' }, 'text');
      pino({ nestedKey: 'nested' }, stream).info({ trace_id: 'own' }, '"trace_id":');
    });
    expect(lines[0]?.match(/trace_id/g)).toHaveLength(1);
    expect(JSON.parse(lines[0] as string)).toMatchObject({ trace_id: 'own', span_id: spanId, trace_flags: 'own' });
    expect(JSON.parse(lines[1] as string)).toMatchObject({ nested: { trace_id: 'own' }, ...ids });
  });

  test.each([true, false])('a line that is not a JSON object is not changed (exported: %s)', (exports) => {
    const { lines, stream } = collect();
    start({ exports });
    const timestamp = () => ',"time":no JSON';
    inSpan(() => pino({ timestamp, base: null }, stream).info('text'));
    inSpan(() => pino({ formatters: { level: () => [] as never }, base: null, timestamp: false }, stream).info('text'));
    inSpan(() => pino({ messageKey: 'a"b', base: null, timestamp: () => ',"time":1' }, stream).info('text'));
    expect(lines).toEqual([
      '{"level":30,"time":no JSON,"msg":"text"}\n',
      '[,"msg":"text"}\n',
      '{"level":30,"time":1,"a"b":"text"}\n',
    ]);
  });

  test('an empty object gets its ids without a leading comma', () => {
    const { lines, stream } = collect();
    start();
    inSpan(() => pino({ formatters: { level: () => ({}) }, base: null, timestamp: false }, stream).info({}));
    expect(lines.map((line) => JSON.parse(line))).toEqual([ids]);
  });

  test('pino has its own methods again after the instrumentation is removed', () => {
    const logger = pino({}, collect().stream);
    const methods = () => ['asJsonSym', 'writeSym'].map((name) => logger[pino.symbols[name as never] as never]);
    const own = methods();
    start();
    expect(methods()).not.toEqual(own);
    stop();
    expect(methods()).toEqual(own);
  });
});

test('disable() removes the instrumentation, enable() restores it', () => {
  const require = createRequire(import.meta.url);
  const instrumentation = new PinoInstrumentation({ exports: false });
  const { symbols, default: pino } = require('pino') as typeof import('pino');
  const method = () => (pino({}, collect().stream) as never as Record<symbol, unknown>)[symbols.asJsonSym];
  const wrapped = method();
  instrumentation.disable();
  const own = method();
  expect(own).not.toBe(wrapped);
  instrumentation.enable();
  expect(method()).not.toBe(own);
  instrumentation.disable();
  expect(method()).toBe(own);
});

test.each([
  ['a replacement of pino', { default: () => ({}) }],
  ['an empty module', {}],
  ['a pino that throws', Object.assign(() => { throw new Error('pino'); }, { symbols: versions[0]?.[1].symbols })],
])('%s is not instrumented', (_, module) => {
  const [definition] = new PinoInstrumentation({ exports: true }).getModuleDefinitions();
  expect(definition?.patch?.(module)).toBe(module);
}); // biome-ignore format: a table

function withoutIds(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  return value.replace(/,"trace_id":"\w+","span_id":"\w+","trace_flags":"\w+"/, '').replace(/"time":\d+/, '"time":0');
}
