import type { Situation } from '../../support/situation.ts';

export default {
  promise: 'a request timeout is distinguished from an aborted request',
  spans: [
    'SERVER GET /connection',
    'SERVER GET /connection > INTERNAL onTimeout',
    'SERVER GET /handler',
    'SERVER GET /handler > INTERNAL late',
    'SERVER GET /signal',
    'SERVER GET /signal > INTERNAL abort signal',
  ],
  attributes: {
    'SERVER GET /connection': { 'error.type': 'timeout', status: 'ERROR', 'http.response.status_code': undefined },
    'SERVER GET /handler': { 'error.type': '503', status: 'ERROR', 'http.response.status_code': 503 },
    'SERVER GET /signal': { 'error.type': '503', status: 'ERROR', 'http.response.status_code': 503 },
  },
  records: [
    'info Server listening at http://127.0.0.1:1 @ no trace ×2',
    'warn timed out @ SERVER GET /connection',
    ...['handler', 'signal'].map(
      (path) => `warn Reply was already sent, did you forget to "return reply" in "/${path}" (GET)? @ SERVER GET /${path}`,
    ),
  ],
} satisfies Situation;
