// Arguments for pino in one request: levels, errors, bigint and objects that are hard to serialize.
import Fastify from 'fastify';
import pino from 'pino';

// by default pino writes asynchronously, but a fatal line immediately, so the order of lines varies
const stream = pino.destination({ dest: 1, sync: true });
const app = Fastify({ logger: { level: 'trace', customLevels: { notice: 35 }, stream } as never, disableRequestLogging: true });
class Rejected extends Error {
  override name = 'Rejected';
  code = 'E_REJECTED';
  status = 402;
}
app.get('/levels', async ({ log }) => {
  for (const level of ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'notice'] as const) (log as any)[level](`at ${level}`);
  log.info('formatted %s %d %j', 'text', 7, { a: 1 });
  log.child({ part: 'child' }, { msgPrefix: '[prefix] ' }).info({ item: { id: 7 }, tags: ['a', 'b'] }, 'bound');
  return 'ok';
});
app.get('/errors', async ({ log }) => {
  log.error(new Rejected('card refused'), 'payment');
  log.error(new Error('outer', { cause: new Rejected('inner') }));
  log.error({ err: new Rejected('by key') }, 'by key');
  log.error({ err: { message: 'plain', code: 'PLAIN' } }, 'plain object');
  log.error({ err: 'text' }, 'text error');
  log.error({ err: null }, 'null error');
  log.error({ err: 42 }, 'number error');
  log.error({ error: new Error('another key') }, 'another key');
  log.error(new AggregateError([new Error('one'), new Error('two')], 'several'));
  return 'ok';
});
app.get('/values', async ({ log }) => {
  log.info(
    { big: 12345678901234567890n, safe: 5n, date: new Date(0), nothing: undefined, none: null, nan: Number.NaN },
    'values',
  );
  log.info({ trace_id: 'own', span_id: 'own', level: 'own', time: 'own' }, 'own fields');
  log.info({ msg: 'a message of its own' }, 'the message');
  const cyclic: Record<string, unknown> = { name: 'cyclic' };
  cyclic.self = cyclic;
  log.info({ cyclic }, 'cyclic');
  let deep: object = {};
  for (let n = 0; n < 100; n++) deep = { deep };
  log.info({ deep }, 'deep');
  log.info({ text: 'x'.repeat(200_000) }, 'long');
  log.info({ toJSON: () => ({ replaced: true }) }, 'toJSON');
  log.info({ bytes: new Uint8Array(3), map: new Map([[1, 2]]), symbol: Symbol('s'), fn: () => 1 }, 'odd');
  log.info(JSON.parse('{"__proto__":{"polluted":true},"constructor":1}'), 'proto');
  const getter = {
    get fails() {
      throw new Error('getter');
    },
  };
  try {
    log.info(getter, 'getter');
  } catch (error) {
    console.log('log.info throws', (error as Error).message);
  }
  return 'ok';
});
app.get('/forms', async () => {
  const forms: [string, pino.LoggerOptions][] = [
    ['message key', { messageKey: 'message' }],
    ['nested', { nestedKey: 'payload' }],
    ['labels', { formatters: { level: (label) => ({ severity: label }) } }],
    ['no base', { base: null }],
    ['no time', { timestamp: false }],
    ['ISO time', { timestamp: pino.stdTimeFunctions.isoTime }],
    ['own numbers', { customLevels: { info: 7, high: 99 }, useOnlyCustomLevels: true, level: 'info' }],
    ['log formatter', { formatters: { log: (object) => ({ ...object, formatted: true }) } }],
    ['mixin', { mixin: () => ({ mixed: 'in' }) }],
    ['CRLF', { crlf: true }],
    ['error key', { errorKey: 'failure' }],
    ['silent', { level: 'silent' }],
    ['disabled', { enabled: false }],
  ];
  for (const [name, options] of forms) {
    const lines: string[] = [];
    const logger = pino(options, { write: (line: string) => lines.push(line) });
    logger.info({ form: name, item: 1 }, name);
    const keys = lines.map((line) =>
      Object.keys(JSON.parse(line))
        .filter((key) => !/^(trace|span)_/.test(key))
        .join(),
    );
    console.log(name, lines.length, keys.join(' | '), lines[0]?.endsWith('\r\n'));
  }
  return 'ok';
});
for (const path of ['/levels', '/errors', '/values', '/forms']) console.log(path, (await app.inject(path)).body);
await app.close();
