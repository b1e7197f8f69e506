import type { Situation } from '../../support/situation.ts';

const cancelled = { status: 'UNSET', 'error.type': 'aborted', events: [] };

export default {
  promise: 'HTTP/2 is traced like HTTP/1, and a stream canceled by the client is not a server error',
  spans: [
    'SERVER GET /ok',
    'SERVER GET /ok > INTERNAL handler',
    'SERVER POST /echo',
    'SERVER GET',
    'SERVER GET /slow',
    'SERVER GET /download',
    'SERVER GET /breaks',
  ],
  attributes: {
    'SERVER GET /ok': { 'http.response.status_code': 200, 'url.scheme': 'http', 'url.path': '/ok', status: 'UNSET' },
    'SERVER GET': { 'http.response.status_code': 404 },
    'SERVER GET /slow': { ...cancelled, 'http.response.status_code': undefined },
    'SERVER GET /download': { ...cancelled, 'http.response.status_code': 200 },
    'SERVER GET /breaks': { status: 'ERROR', 'error.type': 'TypeError', events: ['exception'], 'http.response.status_code': 200 },
  },
} satisfies Situation;
