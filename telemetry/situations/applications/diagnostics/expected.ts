import type { Situation } from '../../support/situation.ts';

export default {
  promise: 'subscribers of diagnostics channels get the same messages and stores as without telemetry',
  postgres: true,
  spans: [
    'SERVER GET /stored',
    'SERVER GET /stored > CLIENT SELECT',
    'SERVER GET /fails',
    'SERVER GET /calls',
    'SERVER GET /calls > CLIENT GET',
    'SERVER GET /calls > CLIENT GET > SERVER GET /stored',
    'SERVER GET /calls > CLIENT GET > SERVER GET /stored > CLIENT SELECT',
    'SERVER GET /callback',
  ],
} satisfies Situation;
