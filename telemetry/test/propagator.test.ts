// W3C Trace Context level 2, rule by rule, and OTEL_PROPAGATORS. `npm run w3c` runs the W3C's own test suite.
import { defaultTextMapGetter, defaultTextMapSetter, ROOT_CONTEXT, type TextMapPropagator, trace } from '@opentelemetry/api';
import { suppressTracing } from '@opentelemetry/core';
import { describe, expect, test, vi } from 'vitest';
import { TraceContextPropagator } from '../src/propagator.ts';
import { parseTraceState } from '../src/trace-state.ts';

const traceId = '0af7651916cd43dd8448eb211c80319c';
const spanId = 'b7ad6b7169203331';
const traceparent = `00-${traceId}-${spanId}-01`;
const propagator = new TraceContextPropagator();

type Headers = Record<string, string | string[]>;

function extract(headers: Headers, from: TextMapPropagator = propagator) {
  return from.extract(ROOT_CONTEXT, headers, defaultTextMapGetter);
}

function inject(context = ROOT_CONTEXT, to: TextMapPropagator = propagator): Headers {
  const headers: Headers = {};
  to.inject(context, headers, defaultTextMapSetter);
  return headers;
}

/** @returns the headers that a service sends which received these */
function passOn(headers: Headers): Headers {
  return inject(extract(headers));
}

describe('traceparent', () => {
  test.each([
    ['as in the specification', traceparent],
    ['surrounded by spaces and tabs', ` \t${traceparent}\t `],
    ['of a later version', traceparent.replace('00-', 'cc-')],
    ['of a later version with more fields', `cc${traceparent.slice(2)}-what-the-future-will-be-like`],
  ])('%s is accepted', (_, header) => {
    expect(trace.getSpanContext(extract({ traceparent: header }))).toMatchObject({
      traceId,
      spanId,
      traceFlags: 1,
      isRemote: true,
    });
  });

  test.each([
    ['version ff', traceparent.replace('00-', 'ff-')],
    ['version 00 with more fields', `${traceparent}-01`],
    ['version 00 with trailing characters', `${traceparent}.`],
    ['a later version whose additional fields do not start with a dash', `cc${traceparent.slice(2)}.x`],
    ['a trace id of zeros', traceparent.replace(traceId, '0'.repeat(32))],
    ['a span id of zeros', traceparent.replace(spanId, '0'.repeat(16))],
    ['an id in upper case', traceparent.replace(traceId, traceId.toUpperCase())],
    ['a short id', traceparent.replace(traceId, traceId.slice(1))],
    ['flags that are not a hexadecimal number', traceparent.replace(/01$/, '.0')],
    ['two headers, joined by Node.js', `${traceparent}, ${traceparent}`],
    ['an empty header', ''],
  ])('%s starts a new trace', (_, header) => {
    expect(trace.getSpanContext(extract({ traceparent: header, tracestate: 'foo=1' }))).toBeUndefined();
  });

  test('a list of two headers starts a new trace, a list of one does not', () => {
    expect(trace.getSpanContext(extract({ traceparent: [traceparent, traceparent] }))).toBeUndefined();
    expect(trace.getSpanContext(extract({ traceparent: [traceparent] }))).toMatchObject({ traceId });
  });

  test.each(['00', '01', '02', '03'])('flags %s are propagated', (flags) => {
    expect(passOn({ traceparent: `00-${traceId}-${spanId}-${flags}` })).toEqual({
      traceparent: `00-${traceId}-${spanId}-${flags}`,
    });
  });

  test('other flags are not propagated', () => {
    expect(passOn({ traceparent: `00-${traceId}-${spanId}-fd` })).toEqual({ traceparent });
  });

  test('the random flag belongs to its trace and is not applied to another one in the same context', () => {
    const context = extract({ traceparent: `00-${traceId}-${spanId}-03` });
    const child = trace.setSpanContext(context, { traceId, spanId: '00f067aa0ba902b7', traceFlags: 1 });
    expect(inject(child)).toEqual({ traceparent: `00-${traceId}-00f067aa0ba902b7-03` });
    const other = trace.setSpanContext(context, { traceId: '1'.repeat(32), spanId, traceFlags: 1 });
    expect(inject(other)).toEqual({ traceparent: `00-${'1'.repeat(32)}-${spanId}-01` });
  });

  test('nothing is injected without a span or while tracing is suppressed', () => {
    expect(inject()).toEqual({});
    expect(inject(suppressTracing(extract({ traceparent })))).toEqual({});
  });
});

describe('tracestate', () => {
  const stateOf = (tracestate: string | string[]) => passOn({ traceparent, tracestate }).tracestate;
  const keyOf = (length: number) => 'z'.repeat(length);
  const members = (count: number) => Array.from({ length: count }, (_, index) => `bar${index}=${index}`).join(',');

  test.each([
    ['entries in their order', 'foo=1,bar=2', 'foo=1,bar=2'],
    ['several headers', ['foo=1,bar=2', 'baz=3'], 'foo=1,bar=2,baz=3'],
    ['spaces and tabs between entries', ' foo=1 \t , \t bar=2', 'foo=1,bar=2'],
    ['empty entries', 'foo=1,,bar=2,', 'foo=1,bar=2'],
    ['the first of a repeated key', 'foo=1,bar=2,foo=3', 'foo=1,bar=2'],
    ['each character allowed in a key', 'a-z_0*9/@x=1', 'a-z_0*9/@x=1'],
    ['keys with any number of @', 'foo@=1,foo@@bar=2,t@v@w=3', 'foo@=1,foo@@bar=2,t@v@w=3'],
    ['a key of 256 characters', `${keyOf(256)}=1`, `${keyOf(256)}=1`],
    ['a value of 256 characters with spaces within', `foo=a${' '.repeat(254)}b`, `foo=a${' '.repeat(254)}b`],
    ['32 entries', members(32), members(32)],
  ])('%s are propagated', (_, header, expected) => {
    expect(stateOf(header)).toBe(expected);
  });

  test.each([
    ['a key with a space', 'foo =1'],
    ['a key in upper case', 'FOO=1'],
    ['a key with a dot', 'foo.bar=1'],
    ['a key that starts with @', '@foo=1'],
    ['a key of 257 characters', `${keyOf(257)}=1`],
    ['a value of 257 characters', `foo=${'1'.repeat(257)}`],
    ['a value with =', 'foo=bar=baz'],
    ['a value beyond ASCII', 'foo=ü'],
    ['no value', 'foo='],
    ['no =', 'foo'],
    ['33 entries', members(33)],
    ['an empty header', ''],
  ])('%s discards the list, and no header is sent', (_, header) => {
    expect(stateOf(header ? `ok=1,${header}` : '')).toBeUndefined();
    expect(passOn({ traceparent, tracestate: header })).toStrictEqual({ traceparent });
  });

  test('an empty entry does not count towards the limit of 32', () => {
    expect(stateOf(`${members(32)},`)).toBe(members(32));
  });

  test('a changed entry is moved to the front, the 33rd is dropped, and the original list is unchanged', () => {
    const state = parseTraceState(members(32));
    expect(state?.set('bar5', 'new').serialize()).toBe(`bar5=new,${members(32).replace('bar5=5,', '')}`);
    expect(state?.set('own', '1').serialize()).toBe(`own=1,${members(31)}`);
    expect(state?.set('Own', '1').serialize()).toBe(members(32));
    expect(state?.unset('bar0').get('bar0')).toBeUndefined();
    const emptied = trace.setSpanContext(ROOT_CONTEXT, {
      traceId,
      spanId,
      traceFlags: 1,
      traceState: parseTraceState('a=1')?.unset('a'),
    });
    expect(inject(emptied)).toStrictEqual({ traceparent });
    expect(state?.get('bar0')).toBe('0');
  });
});

test('generated headers are propagated only as the grammar allows, and unchanged when extracted again', () => {
  const usual = ['key=value', ',', 'a', '0', '=', ' ', '@'];
  const pieces = [...usual, ...usual, 'Z', '\t', '-', '*', '/', '_', '~', '\u00a0', 'ü', '\n', 'a'.repeat(257)];
  let seed = 1;
  const next = (below: number) => {
    seed = (seed * 48_271) % 2_147_483_647; // the same texts in each run
    return seed % below;
  };
  const generate = () => Array.from({ length: next(8) }, () => pieces[next(pieces.length)]).join('');
  let sent = 0;
  for (let count = 0; count < 5_000; count += 1) {
    const headers = passOn({ traceparent: count % 2 ? traceparent : generate(), tracestate: generate() });
    if (headers.tracestate === undefined) continue;
    sent += 1;
    expect(headers.tracestate).toMatch(/^([a-z0-9][-_*/@a-z0-9]{0,255}=[\x20-\x2b\x2d-\x3c\x3e-\x7e]{1,256}(,|$)){1,32}$/);
    expect(passOn(headers)).toEqual(headers);
  }
  expect(sent).toBeGreaterThan(50);
});

describe('OTEL_PROPAGATORS', () => {
  /** Loads the module again, because it reads the environment only once. */
  async function propagatorOf(names?: string): Promise<TextMapPropagator | null> {
    vi.resetModules();
    vi.stubEnv('OTEL_PROPAGATORS', names);
    const { createPropagator } = await import('../src/propagator.ts');
    const created = createPropagator();
    vi.unstubAllEnvs();
    return created;
  }

  test.each([
    [undefined, ['traceparent', 'tracestate', 'baggage']],
    ['tracecontext', ['traceparent', 'tracestate']],
    ['baggage,tracecontext,baggage', ['baggage', 'traceparent', 'tracestate']],
    ['b3', ['b3']],
    ['b3multi', ['x-b3-traceid', 'x-b3-spanid', 'x-b3-flags', 'x-b3-sampled', 'x-b3-parentspanid']],
    ['tracecontext,carrier-pigeon,b3', ['traceparent', 'tracestate', 'b3']],
    ['carrier-pigeon', ['traceparent', 'tracestate', 'baggage']],
    ['', ['traceparent', 'tracestate', 'baggage']],
  ])('%s propagates through %j', async (names, fields) => {
    expect((await propagatorOf(names))?.fields()).toEqual(fields);
  });

  test('none propagates nothing', async () => {
    expect(await propagatorOf('none')).toBeNull();
    expect(await propagatorOf('tracecontext,none')).toBeNull();
  });

  test('tracecontext follows level 2, next to other propagators', async () => {
    const all = (await propagatorOf('b3,tracecontext,baggage')) as TextMapPropagator;
    const headers = { traceparent: `00-${traceId}-${spanId}-03`, tracestate: 'foo@=1', baggage: 'tenant=7' };
    expect(inject(extract(headers, all), all)).toEqual({ ...headers, b3: `${traceId}-${spanId}-1` });
  });
});
