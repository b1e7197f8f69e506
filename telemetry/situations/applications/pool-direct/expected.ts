import type { Situation } from '../../support/situation.ts';

const server = (path: string) => `CLIENT GET > SERVER GET ${path}`;

export default {
  promise: 'a query that waits for a connection belongs to the request that issued it',
  postgres: true,
  spans: [
    'CLIENT GET ×16',
    ...['/promise', '/callback', '/connect', '/connect-callback'].map((path) => `${server(path)} ×4`),
    `${server('/promise')} > CLIENT SELECT ×4`,
    `${server('/callback')} > CLIENT SELECT ×4`,
    ...['BEGIN', 'SELECT', 'COMMIT'].map((statement) => `${server('/connect')} > CLIENT ${statement} ×4`),
    `${server('/connect-callback')} > CLIENT SELECT ×4`,
    'SERVER GET /exhausted',
  ],
} satisfies Situation;
