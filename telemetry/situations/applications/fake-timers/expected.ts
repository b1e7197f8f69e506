import type { Situation } from '../../support/situation.ts';

export default {
  promise: 'replaced timers and a replaced clock neither stop the delivery nor are touched by it',
  spans: ['SERVER GET /'],
  records: ['info incoming request @ SERVER GET /', 'info request completed @ SERVER GET /'],
} satisfies Situation;
