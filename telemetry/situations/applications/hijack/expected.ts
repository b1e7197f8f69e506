import type { Situation } from '../../support/situation.ts';

export default {
  promise: 'a hijacked reply has a span with its status code that lasts until it is sent',
  spans: [
    'SERVER GET /plain',
    'SERVER GET /events',
    ...[1, 2, 3].map((n) => `SERVER GET /events > INTERNAL event ${n}`),
    'SERVER GET /fails',
    'SERVER POST /echo',
  ],
  attributes: {
    'SERVER GET /plain': { 'http.response.status_code': 202, status: 'UNSET' },
    'SERVER GET /events': { 'http.response.status_code': 200, status: 'UNSET' },
    'SERVER GET /fails': { 'http.response.status_code': 503, 'error.type': '503', status: 'ERROR' },
    'SERVER POST /echo': { 'http.response.status_code': 200, status: 'UNSET', 'error.type': undefined },
  },
} satisfies Situation;
