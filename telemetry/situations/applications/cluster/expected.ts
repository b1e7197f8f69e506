import type { Situation } from '../../support/situation.ts';

export default {
  promise: 'a cluster worker serves and exits as without telemetry, and no span is lost',
  spans: ['SERVER GET /'],
  mayRepeat: 'a batch is in flight when the process exits',
  differs: { stock: 'it adds a SIGTERM listener' },
  variants: Object.fromEntries(['disconnect', 'exit', 'SIGTERM', 'SIGINT'].map((end) => [end, { args: [end] }])),
} satisfies Situation;
