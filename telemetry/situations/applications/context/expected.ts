import type { Situation } from '../../support/situation.ts';

const before = ['genReqId', 'childLoggerFactory', 'onRequest', 'preParsing'];
const valid = ['preValidation', 'preHandler', 'async preHandler'];
const after = ['onSend', 'onResponse'];
const error = ['onError', 'error handler', 'preSerialization', ...after];
const handler = ['handler', 'tick', 'microtask', 'immediate', 'after a timer', 'preSerialization', ...after];

/** The marks of several requests under one route. */
function marks(server: string, ...requests: string[][]): string[] {
  const counts = new Map<string, number>();
  for (const place of requests.flat()) counts.set(place, (counts.get(place) ?? 0) + 1);
  return [...counts].map(([place, count]) => `${server} > INTERNAL ${place}${count > 1 ? ` ×${count}` : ''}`);
}

export default {
  promise: 'the span is active in every function Fastify calls',
  spans: [
    'SERVER POST /body ×5',
    ...marks(
      'SERVER POST /body',
      [...before, ...valid, ...handler],
      [...before, ...valid, ...handler],
      [...before, 'preValidation', 'schema error formatter', ...error],
      [...before, ...error],
      [...before, ...error],
    ),
    'SERVER POST /text',
    ...marks('SERVER POST /text', [...before, 'parser', ...valid, 'handler', ...after]),
    'SERVER GET /throws',
    ...marks('SERVER GET /throws', [...before, ...valid, ...error]),
    'SERVER GET /stream',
    ...marks('SERVER GET /stream', [...before, ...valid, 'first chunk', 'second chunk', ...after]),
    'SERVER GET',
    ...marks('SERVER GET', [...before, ...valid, 'not found handler', 'preSerialization', ...after]),
  ],
  records: [
    'info Server listening at http://127.0.0.1:1 @ no trace',
    ...['POST /body', 'POST /text', 'GET /throws', 'GET /stream', 'GET'].flatMap((route) => {
      const count = route === 'POST /body' ? ' ×5' : '';
      return [`info incoming request @ SERVER ${route}${count}`, `info request completed @ SERVER ${route}${count}`];
    }),
    'warn in the error handler @ SERVER POST /body ×3',
    'warn in the error handler @ SERVER GET /throws',
  ],
} satisfies Situation;
