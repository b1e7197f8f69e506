import type { Situation } from '../../support/situation.ts';

const select = [
  'promise',
  'values',
  'config',
  'callback',
  'values-callback',
  'client-callback',
  'callback-in-config',
  'query-object',
  'query-events',
  'cursor',
  'stream',
  'several',
];
const twice = ['prepared'];

export default {
  promise: 'every kind of query has a span in the trace of its request',
  postgres: true,
  spans: [
    ...[...select, ...twice, 'copy', 'fails', 'fails-callback', 'null-text', 'nothing', 'query-timeout', 'waiting'].map(
      (path) => `SERVER GET /${path}`,
    ),
    ...select.map((path) => `SERVER GET /${path} > CLIENT SELECT`),
    ...twice.map((path) => `SERVER GET /${path} > CLIENT SELECT ×2`),
    'SERVER GET /copy > CLIENT COPY things ×2',
    'SERVER GET /fails > CLIENT SELECT nowhere',
    'SERVER GET /fails-callback > CLIENT SELECT nowhere',
    'SERVER GET /query-timeout > CLIENT SELECT',
    'SERVER GET /null-text > CLIENT postgresql',
    'SERVER GET /waiting > CLIENT SELECT ×5',
  ],
  attributes: {
    'SERVER GET /fails > CLIENT SELECT nowhere': {
      status: 'ERROR',
      'error.type': '42P01',
      'db.response.status_code': '42P01',
      'db.system.name': 'postgresql',
    },
    'SERVER GET /query-timeout > CLIENT SELECT': { status: 'ERROR', 'db.response.status_code': undefined },
    'SERVER GET /values > CLIENT SELECT': { status: 'UNSET', 'error.type': undefined, 'db.query.text': 'SELECT $1::int AS n' },
  },
} satisfies Situation;
