import type { Situation } from '../../support/situation.ts';

export default {
  promise: 'a WebSocket has one span until it is closed, and work for its messages belongs to that span',
  postgres: true,
  spans: [
    ...['/chat ×2', '/server-closes', '/throws', '/refused'].map((route) => `CLIENT GET > SERVER GET ${route}`),
    'CLIENT GET > SERVER GET',
    'CLIENT GET ×6',
    'CLIENT GET > SERVER GET /chat > INTERNAL opened ×2',
    'CLIENT GET > SERVER GET /chat > INTERNAL closed ×2',
    'CLIENT GET > SERVER GET /chat > CLIENT SELECT ×2',
  ],
  records: [
    'info Server listening at http://127.0.0.1:1 @ no trace',
    ...['/chat ×2', '/server-closes', '/throws', '/refused', ''].map((route) =>
      `info incoming request @ CLIENT GET > SERVER GET ${route}`.trim(),
    ),
    'info got hello @ CLIENT GET > SERVER GET /chat',
    'info got bye @ CLIENT GET > SERVER GET /chat',
    'error no chat today @ CLIENT GET > SERVER GET /throws',
    'info request completed @ CLIENT GET > SERVER GET /refused',
    'info request completed @ CLIENT GET > SERVER GET',
    'info Route GET:/nowhere not found @ CLIENT GET > SERVER GET',
  ],
  attributes: {
    'CLIENT GET > SERVER GET /chat': { 'error.type': undefined, status: 'UNSET', 'http.response.status_code': 101 },
    'CLIENT GET > SERVER GET /server-closes': { 'error.type': undefined, status: 'UNSET', 'http.response.status_code': 101 },
    'CLIENT GET > SERVER GET /refused': { 'http.response.status_code': 401 },
    'CLIENT GET > SERVER GET': { 'http.response.status_code': 404 },
  },
} satisfies Situation;
