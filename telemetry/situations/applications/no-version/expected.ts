import type { Situation } from '../../support/situation.ts';

export default {
  promise: 'a package.json without name and version starts quietly',
  spans: ['SERVER GET /'],
} satisfies Situation;
