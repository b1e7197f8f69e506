import type { Situation } from '../../support/situation.ts';

const routes = ['GET /first', 'GET /second ×2', 'POST /body'];
const line = (text: string) => (route: string) => `info ${text} @ SERVER ${route}`;

export default {
  promise: 'each request over a keep-alive connection has its own trace',
  spans: [
    ...routes.map((route) => `SERVER ${route}`),
    'SERVER GET /first > INTERNAL first',
    'SERVER GET /second > INTERNAL second ×2',
    'SERVER POST /body > INTERNAL body',
  ],
  records: [
    'info Server listening at http://127.0.0.1:1 @ no trace',
    ...routes.map(line('incoming request')),
    ...routes.map(line('request completed')),
  ],
} satisfies Situation;
