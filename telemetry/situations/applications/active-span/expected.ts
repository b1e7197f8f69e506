import type { Situation } from '../../support/situation.ts';

const inside = [
  'INTERNAL preHandler',
  'INTERNAL handler',
  'CLIENT SELECT',
  'INTERNAL inner',
  'INTERNAL inner > CLIENT SELECT',
  'INTERNAL onResponse',
];

export default {
  promise: 'a span activated by a hook is the parent of all later spans, and suppressed tracing remains suppressed',
  postgres: true,
  spans: [
    'SERVER GET /:name ×2',
    'SERVER POST /:name',
    ...['GET', 'POST'].flatMap((method) => [
      `SERVER ${method} /:name > INTERNAL authenticated`,
      ...inside.map((span) => `SERVER ${method} /:name > INTERNAL authenticated > ${span}`),
    ]),
  ],
  records: [
    'info Server listening at http://127.0.0.1:1 @ no trace',
    'info handled @ SERVER GET /:name > INTERNAL authenticated',
    'info handled @ SERVER POST /:name > INTERNAL authenticated',
    'info handled @ no trace',
  ],
} satisfies Situation;
