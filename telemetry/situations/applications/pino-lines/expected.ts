import type { Situation } from '../../support/situation.ts';

const at = (route: string, severity: string, ...bodies: string[]) =>
  bodies.map((body) => `${severity} ${body} @ SERVER GET ${route}`);
const error = (body: string) => at('/errors', 'error', body)[0] as string;
const value = (body: string) => at('/values', 'info', body)[0] as string;
const form = (body: string) => at('/forms', 'info', body)[0] as string;

export default {
  promise: 'a line is written as without telemetry, and its record has the same content',
  spans: ['/levels', '/errors', '/values', '/forms'].map((route) => `SERVER GET ${route}`),
  records: [
    ...['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'notice'].flatMap((level) => at('/levels', level, `at ${level}`)),
    ...at('/levels', 'info', 'formatted text 7 {"a":1}', '[prefix] bound'),
    ...at(
      '/errors',
      'error',
      'payment',
      'outer',
      'by key',
      'plain object',
      'text error',
      'null error',
      'number error',
      'another key',
      'several',
    ),
    ...at('/values', 'info', 'values', 'own fields', 'the message', 'cyclic', 'deep', 'long', 'toJSON', 'odd', 'proto'),
    ...at(
      '/forms',
      'info',
      'message key',
      'nested',
      'labels',
      'no base',
      'no time',
      'ISO time',
      'own numbers',
      'log formatter',
      'mixin',
      'CRLF',
      'error key',
    ),
  ],
  recordAttributes: {
    'info [prefix] bound @ SERVER GET /levels': { part: 'child', item: { id: 7 }, tags: ['a', 'b'] },
    [error('payment')]: {
      'exception.type': 'Rejected',
      'exception.message': 'card refused',
      err: { code: 'E_REJECTED', status: 402, name: 'Rejected' },
    },
    [error('by key')]: {
      'exception.type': 'Rejected',
      'exception.message': 'by key',
      err: { code: 'E_REJECTED', status: 402, name: 'Rejected' },
    },
    [error('plain object')]: { 'exception.message': 'plain', err: { code: 'PLAIN' } },
    [error('text error')]: { 'exception.message': 'text', err: 'text' },
    [value('values')]: { safe: 5, big: '12345678901234567890', date: '1970-01-01T00:00:00.000Z', nothing: undefined },
    [value('own fields')]: { trace_id: 'own', span_id: 'own', level: 'own', time: 'own' },
    [form('nested')]: { payload: { form: 'nested', item: 1 } },
    [form('mixin')]: { mixed: 'in', form: 'mixin' },
    [form('log formatter')]: { formatted: true },
  },
  differs: { stock: 'it adds a mixin, which drops a field named __proto__' },
} satisfies Situation;
