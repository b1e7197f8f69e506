import type { Situation } from '../../support/situation.ts';

export default {
  promise: 'notifications and what a pool does by itself belong to no request that has ended',
  postgres: true,
  spans: [
    'SERVER GET /subscribe',
    'SERVER GET /subscribe > CLIENT LISTEN',
    'SERVER GET /notify',
    'SERVER GET /notify > CLIENT SELECT',
    'SERVER GET /notify > INTERNAL pool connect',
    'INTERNAL notification hello',
    'INTERNAL notification again',
    'INTERNAL pool remove',
  ],
} satisfies Situation;
