import type { Situation } from '../../support/situation.ts';

export default {
  promise: 'neither an untraced route nor its calls have spans, and its lines are exported without ids',
  postgres: true,
  spans: ['SERVER GET /inner', 'SERVER GET /inner > INTERNAL inner'],
  records: [
    'info Server listening at http://127.0.0.1:1 @ no trace',
    'info incoming request @ no trace',
    'info healthy @ no trace',
    'info request completed @ no trace',
    'info incoming request @ SERVER GET /inner',
    'info request completed @ SERVER GET /inner',
  ],
} satisfies Situation;
