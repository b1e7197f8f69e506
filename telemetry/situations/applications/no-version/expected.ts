import type { Situation } from '../../support/situation.ts';

export default {
  promise: 'a package.json without name and version starts quietly',
  differs: { stock: 'it listens for SIGTERM and beforeExit' },
  spans: ['SERVER GET /'],
} satisfies Situation;
