import type { Situation } from '../../support/situation.ts';

const call = 'SERVER GET /call';
const query = `${call} > CLIENT GET > SERVER GET /query`;

export default {
  promise: 'a CommonJS service is traced like an ES module',
  postgres: true,
  spans: [call, `${call} > CLIENT GET`, query, `${query} > CLIENT SELECT`],
  records: [
    'info Server listening at http://127.0.0.1:1 @ no trace',
    ...[call, query].flatMap((span) => [`info incoming request @ ${span}`, `info request completed @ ${span}`]),
  ],
} satisfies Situation;
