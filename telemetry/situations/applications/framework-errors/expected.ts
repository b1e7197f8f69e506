import type { Situation } from '../../support/situation.ts';

const found = ['GET /Items/:id ×2', 'GET /tenant', 'POST /items ×3'];
/** No tenant of that name; and three by `frameworkErrors`: a parameter that is too long, a malformed URL, a constraint that fails. */
const notFound = ['GET', 'OPTIONS'];

/** A log line for each request with a span of this name. */
const lineOf = (line: string) => (span: string) => {
  const [name, count] = span.split(' ×');
  return `info ${line} @ SERVER ${name}${count ? ` ×${count}` : ''}`;
};

export default {
  promise:
    'requests Fastify answers before or instead of a handler have a span, and malformed HTTP gets the same response as without telemetry',
  spans: [
    ...found.map((span) => `SERVER ${span}`),
    'SERVER GET /tenant > INTERNAL tenant',
    'SERVER GET ×4',
    'SERVER GET > INTERNAL frameworkErrors ×3',
    'SERVER OPTIONS',
  ],
  attributes: { 'SERVER OPTIONS': { 'http.request.method': 'OPTIONS', 'http.response.status_code': 404 } },
  records: [
    'info Server listening at http://127.0.0.1:1 @ no trace',
    ...[...found, 'GET ×4', 'OPTIONS'].map(lineOf('incoming request')),
    ...[...found, ...notFound].map(lineOf('request completed')),
    'info Request body is too large @ SERVER POST /items',
    'info Unsupported Media Type @ SERVER POST /items',
    "info Body cannot be empty when content-type is set to 'application/json' @ SERVER POST /items",
    'info Route GET:/tenant not found @ SERVER GET',
    'info Route OPTIONS:* not found @ SERVER OPTIONS',
    'warn framework error @ SERVER GET ×3',
  ],
} satisfies Situation;
