import type { Situation } from '../../support/situation.ts';

const found = ['GET /users/:id', 'HEAD /users/:id', 'POST /echo ×2', 'GET /fails', 'GET /teapot'];
const notFound = ['GET', 'HTTP'];

/** A log line for each request with a span of this name. */
const lineOf = (line: string) => (span: string) => {
  const [name, count] = span.split(' ×');
  return `info ${line} @ SERVER ${name}${count ? ` ×${count}` : ''}`;
};

export default {
  promise: 'every request has a SERVER span and log lines with its ids, regardless of the kind of response',
  spans: [
    ...found.map((span) => `SERVER ${span}`),
    'SERVER GET ×3', // no route, a parameter that is too long, a malformed URL
    'SERVER HTTP', // an unknown method
  ],
  attributes: {
    'SERVER GET /users/:id': {
      'http.request.method': 'GET',
      'http.route': '/users/:id',
      'http.response.status_code': 200,
      'url.scheme': 'http',
      'url.path': '/users/7',
      'error.type': undefined,
      status: 'UNSET',
    },
    'SERVER GET /fails': { 'http.response.status_code': 500, 'error.type': '500', status: 'ERROR', events: ['exception'] },
    'SERVER GET /teapot': { 'http.response.status_code': 418, 'error.type': undefined, status: 'UNSET' },
    'SERVER HTTP': {
      'http.request.method': '_OTHER',
      'http.request.method_original': 'PROPFIND',
      'http.response.status_code': 404,
    },
  },
  records: [
    'info Server listening at http://127.0.0.1:1 @ no trace',
    ...[...found, ...notFound].map(lineOf('incoming request')),
    ...[...found, ...notFound].map(lineOf('request completed')),
    "info Body is not valid JSON but content-type is set to 'application/json' @ SERVER POST /echo",
    'error no stock @ SERVER GET /fails',
    'info Route GET:/nowhere not found @ SERVER GET',
    'info Route PROPFIND:/users/7 not found @ SERVER HTTP',
  ],
  recordAttributes: {
    'error no stock @ SERVER GET /fails': { 'exception.type': 'Error', 'exception.message': 'no stock' },
  },
} satisfies Situation;
