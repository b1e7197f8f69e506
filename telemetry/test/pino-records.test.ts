// The log record of a line has exactly the content of the line.
import { SeverityNumber } from '@opentelemetry/api';
import type { ReadableLogRecord } from '@opentelemetry/sdk-logs';
import type { Logger, LoggerOptions } from 'pino';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { collect, inSpan, type Pino, spanId, tracePino, versions } from './support/pino-versions.ts';

interface Expected {
  body?: unknown;
  attributes?: Record<string, unknown>;
  severityText?: string | undefined;
  severityNumber?: SeverityNumber;
  hrTime?: [number, number];
}

/** A name, the options of the logger, a call and the expected record. */
type Case = [name: string, options: LoggerOptions, log: (logger: Logger) => void, expected: Expected];

const anyStack = expect.stringContaining('Error');
const coded = Object.assign(new TypeError('boom'), { code: 'E_BOOM', statusCode: 502, details: { tries: 3 } });
const exception = (type: string, message: string) => ({
  'exception.type': type,
  'exception.message': message,
  'exception.stacktrace': anyStack,
});

const errors: Case[] = [
  ['the fields of an error', {}, (logger) => logger.error(coded), {
    body: 'boom',
    attributes: { ...exception('TypeError', 'boom'), err: { code: 'E_BOOM', statusCode: 502, details: { tries: 3 } } },
  }],
  ['an error beside other fields', {}, (logger) => logger.error({ err: new RangeError('r'), a: 1 }, 'text'), {
    body: 'text',
    attributes: { ...exception('RangeError', 'r'), a: 1 },
  }],
  ['a cause', {}, (logger) => logger.error(new Error('outer', { cause: new Error('inner') })), {
    attributes: exception('Error', 'outer: inner'),
  }],
  ['aggregated errors', {}, (logger) => logger.error(new AggregateError([new Error('a')], 'several')), {
    attributes: {
      ...exception('AggregateError', 'several'),
      err: { aggregateErrors: [{ type: 'Error', message: 'a', stack: anyStack }] },
    },
  }],
  ['a plain object as err', {}, (logger) => logger.error({ err: { reason: 'r', code: 7 } }), { attributes: { err: { reason: 'r', code: 7 } } }],
  ['a plain object with a message as err', {}, (logger) => logger.error({ err: { message: 'm', code: 7 } }), {
    attributes: { 'exception.type': 'Object', 'exception.message': 'm', err: { code: 7 } },
  }],
  ['a string as err', {}, (logger) => logger.error({ err: 'text' }), { attributes: { 'exception.message': 'text', err: 'text' } }],
  ['a number as err', {}, (logger) => logger.error({ err: 42 }), { attributes: { 'exception.message': '42', err: 42 } }],
  ['null as err', {}, (logger) => logger.error({ err: null }), { attributes: { err: null } }],
  ['a list as err', {}, (logger) => logger.error({ err: [1] }), { attributes: { err: [1] } }],
  ['errorKey', { errorKey: 'problem' }, (logger) => logger.error(coded), {
    attributes: { ...exception('TypeError', 'boom'), problem: { code: 'E_BOOM', statusCode: 502, details: { tries: 3 } } },
  }],
  ['an error below nestedKey', { nestedKey: 'nested' }, (logger) => logger.error({ err: coded, a: 1 }, 'text'), {
    body: 'text',
    attributes: { ...exception('TypeError', 'boom'), nested: { a: 1, err: { code: 'E_BOOM', statusCode: 502, details: { tries: 3 } } } },
  }],
  ['exception attributes logged by the application', {}, (logger) => logger.error({ 'exception.type': 'own', err: coded }), {
    attributes: { ...exception('own', 'boom'), err: { code: 'E_BOOM', statusCode: 502, details: { tries: 3 } } },
  }],
]; // biome-ignore format: a table

const fields: Case[] = [
  ['a formatted message', {}, (logger) => logger.info('text %s', 'b'), { body: 'text b', attributes: {} }],
  ['no message', {}, (logger) => logger.info({ a: 1 }), { body: undefined, attributes: { a: 1 } }],
  ['messageKey', { messageKey: 'message' }, (logger) => logger.info({ msg: 'own' }, 'text'), { body: 'text', attributes: { msg: 'own' } }],
  ['nestedKey', { nestedKey: 'nested' }, (logger) => logger.info({ a: { b: 1 } }), { attributes: { nested: { a: { b: 1 } } } }],
  ['bindings, a name and a mixin', { name: 'n', mixin: () => ({ m: 1 }) }, (logger) => logger.child({ c: 1 }).info('text'), {
    attributes: { name: 'n', c: 1, m: 1 },
  }],
  ['nested values', {}, (logger) => logger.info({ a: [1, 'b', null, { c: true }], d: new Date(0) }), {
    attributes: { a: [1, 'b', null, { c: true }], d: '1970-01-01T00:00:00.000Z' },
  }],
  ['integers of any size', {}, (logger) => logger.info({ a: 9_007_199_254_740_993n, b: -(2n ** 63n), c: 2n ** 63n, d: [5n, { e: 10n ** 30n }] }), {
    attributes: { a: 9_007_199_254_740_993n, b: -(2n ** 63n), c: '9223372036854775808', d: [5, { e: '1000000000000000000000000000000' }] },
  }],
  ['long numbers without loss of precision, and digits in a string', {}, (logger) => logger.info({ a: 0.1234567890123456, b: 1e300, c: '4111111111111111' }), {
    attributes: { a: 0.1234567890123456, b: 1e300, c: '4111111111111111' },
  }],
  ["fields with the names of pino's own fields", {}, (logger) => logger.info({ level: 'own', time: 'own', pid: 1, hostname: 'own', trace_id: 'own' }), {
    attributes: { level: 'own', time: 'own', pid: 1, hostname: 'own', trace_id: 'own' },
  }],
  ['fields with the names of inherited properties', {}, (logger) => logger.info({ '': 1, a: JSON.parse('{"__proto__":{"a":1},"constructor":"c","":1}') }), {
    attributes: { a: JSON.parse('{"__proto__":{"a":1},"constructor":"c","":1}') },
  }],
  ['redacted fields', { redact: ['card', 'nested.card'] }, (logger) => logger.info({ card: '4111', nested: { card: '4111' } }), {
    attributes: { card: '[Redacted]', nested: { card: '[Redacted]' } },
  }],
  ['a very deep value', {}, (logger) => logger.info({ deep: JSON.parse('['.repeat(2_000) + ']'.repeat(2_000)) }), {
    attributes: { deep: nested(24, '[truncated]') },
  }],
  ['a very long message', {}, (logger) => logger.info('x'.repeat(300_000)), { body: 'x'.repeat(300_000), attributes: {} }],
]; // biome-ignore format: a table

const levels: Case[] = [
  ...(['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const).map((level, index): Case => [
    level, { level: 'trace' }, (logger) => logger[level]('text'), { severityText: level, severityNumber: index * 4 + 1 },
  ]),
  ['a custom level', { customLevels: { notice: 35 } }, (logger) => (logger as never as Record<string, (text: string) => void>).notice?.('text'), {
    severityText: 'notice', severityNumber: SeverityNumber.INFO3,
  }],
  ['custom levels below and above those of pino', { customLevels: { silly: 1, doom: 1_000 }, level: 'silly' },
    (logger) => (logger as never as Record<string, (text: string) => void>).silly?.('text'), { severityText: 'silly', severityNumber: SeverityNumber.TRACE }],
  ["an application's own numbers for the usual levels", { customLevels: { error: 0, info: 6 }, useOnlyCustomLevels: true, levelComparison: 'DESC', level: 'info' },
    (logger) => logger.error('text'), { severityText: 'error', severityNumber: SeverityNumber.ERROR }],
  ['formatters.level', { formatters: { level: (label) => ({ severity: label.toUpperCase() }) } }, (logger) => logger.warn('text'), {
    severityText: 'warn', severityNumber: SeverityNumber.WARN, attributes: { severity: 'WARN' },
  }],
  ['formatters.level with the label', { formatters: { level: (level) => ({ level }) } }, (logger) => logger.warn('text'), { severityText: 'warn', attributes: {} }],
]; // biome-ignore format: a table

const times: [time: string, hrTime: [number, number]][] = [
  [',"time":1700000000123', [1_700_000_000, 123_000_000]],
  [',"time":1700000000', [1_700_000_000, 0]],
  [',"time":1700000000.5', [1_700_000_000, 500_000_000]],
  [',"time":1700000000123456', [1_700_000_000, 123_456_000]],
  [',"time":1700000000123456789', [1_700_000_000, 123_456_789]],
  [',"time":"2023-11-14T22:13:20.123Z"', [1_700_000_000, 123_000_000]],
  [',"time":"2023-11-14T22:13:20.123456789Z"', [1_700_000_000, 123_456_789]],
  [',"timestamp":"2023-11-14T23:13:20+01:00"', [1_700_000_000, 0]],
]; // biome-ignore format: a table

describe.each(versions)('%s', (_, pino) => {
  let traced: ReturnType<typeof tracePino>;
  beforeEach(() => {
    traced = tracePino(pino);
  });
  afterEach(() => traced.stop());

  const recordOf = (options: LoggerOptions, log: (logger: Logger) => void): ReadableLogRecord => {
    log(pino(options, collect().stream) as Logger);
    const records = traced.take();
    expect(records).toHaveLength(1);
    return records[0] as ReadableLogRecord;
  };

  test.each([...errors, ...fields, ...levels])('exports %s', (_, options, log, expected) => {
    const record = recordOf(options, log);
    const { body, attributes, severityText, severityNumber } = record;
    expect({ body, attributes, severityText, severityNumber }).toMatchObject(expected);
    if (expected.attributes) expect(attributes).toEqual(expected.attributes);
  });

  test.each(times)('the timestamp %s becomes the time of the record', (time, hrTime) => {
    const record = recordOf({ timestamp: () => time }, (logger) => logger.info('text'));
    expect(record.hrTime).toEqual(hrTime);
    if (time.startsWith(',"time"')) expect(record.attributes).toEqual({});
  });

  test.each(['epochTime', 'unixTime', 'isoTime', 'isoTimeNano', 'nullTime'] as const)(
    'pino.stdTimeFunctions.%s gives the time of the record',
    (name) => {
      const timestamp = (pino as Pino & { stdTimeFunctions: Record<string, () => string> }).stdTimeFunctions[
        name
      ] as () => string;
      const [seconds, nanoseconds] = recordOf({ timestamp }, (logger) => logger.info('text')).hrTime;
      expect(Math.abs(Date.now() / 1_000 - (seconds + nanoseconds / 1e9))).toBeLessThan(60);
      expect(nanoseconds).toBeLessThan(1e9);
    },
  );

  test('each line is exported once, regardless of the number of streams', () => {
    const streams = [
      { level: 'error', stream: collect().stream },
      { level: 'info', stream: collect().stream },
    ];
    const logger = pino({}, pino.multistream(streams as never));
    logger.info('first');
    logger.error('second');
    logger.debug('not written');
    expect(traced.take().map(({ body }) => body)).toEqual(['first', 'second']);
  });

  test('a record belongs to the span its line was written in', () => {
    const record = inSpan(() => recordOf({}, (logger) => logger.info('text')));
    expect(record.spanContext?.spanId).toBe(spanId);
    expect(record.attributes).toEqual({});
    expect(recordOf({}, (logger) => logger.info('text')).spanContext).toBeUndefined();
  });

  describe('hooks.streamWrite', () => {
    const withHook = (streamWrite: (line: string) => string) => inSpan(() => {
      const hooks = { streamWrite };
      return recordOf({ hooks } as never, (logger) => logger.child({ card: '4111' }).warn({ nested: { card: '4111' } }, 'card 4111'));
    }); // biome-ignore format: short

    test('values it masks are masked in the record', () => {
      const { body, attributes, severityText, spanContext } = withHook((line) => line.replaceAll('4111', '****'));
      expect({ body, attributes, severityText }).toEqual({
        body: 'card ****',
        attributes: { card: '****', nested: { card: '****' } },
        severityText: 'warn',
      });
      expect(spanContext?.spanId).toBe(spanId);
    });

    test('text it writes instead of JSON becomes the body, and nothing else is exported', () => {
      const { body, attributes } = withHook(() => 'WARN text\n');
      expect({ body, attributes }).toEqual({ body: 'WARN text', attributes: {} });
    });

    test('ids it changes are exported as written', () => {
      expect(withHook((line) => line.replace(/"span_id":"\w+"/, '"span_id":"other"')).attributes).toMatchObject({
        span_id: 'other',
      });
    });

    test('a line it drops is not exported', () => {
      pino({ hooks: { streamWrite: () => '' } } as never, collect().stream).info('text');
      expect(traced.take()).toEqual([]);
    });
  });

  test('a line that is not valid JSON is exported as text', () => {
    const { body, attributes, severityText } = recordOf({ timestamp: () => ',"time":no JSON', base: null }, (logger) =>
      logger.info('text'),
    );
    expect({ body, attributes, severityText }).toEqual({
      body: '{"level":30,"time":no JSON,"msg":"text"}',
      attributes: {},
      severityText: 'info',
    });
  });

  test('a line of several megabytes is exported as truncated text', () => {
    const { body } = recordOf({}, (logger) => logger.info({ a: 'x'.repeat(3e6) }));
    expect(body).toMatch(/^\{"level":30,.*x\[truncated\]$/);
    expect((body as string).length).toBeLessThan(1_100_000);
  });
});

function nested(depth: number, innermost: unknown): unknown {
  return depth === 0 ? innermost : [nested(depth - 1, innermost)];
}
