import type { Situation } from '../../support/situation.ts';

export default {
  promise: 'notifications and background work of a pool do not belong to an ended request',
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
