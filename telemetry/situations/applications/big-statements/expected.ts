import type { Situation } from '../../support/situation.ts';

export default {
  promise: 'large statements neither block the process nor remain in memory',
  postgres: true,
  nodeArgs: ['--expose-gc'],
  spans: [
    'SERVER POST /notes ×9',
    'SERVER POST /notes > CLIENT SELECT ×9',
    'SERVER POST /bulk ×80',
    'SERVER POST /bulk > CLIENT INSERT "bulk" ×80',
  ],
  skipsStock: 'it retains the text of each statement until its spans are sent',
} satisfies Situation;
