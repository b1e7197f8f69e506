import type { Situation } from '../../support/situation.ts';

export default {
  promise: 'fake timers and a fake clock neither stop the delivery nor are affected by it',
  spans: ['SERVER GET /'],
  records: ['info incoming request @ SERVER GET /', 'info request completed @ SERVER GET /'],
} satisfies Situation;
