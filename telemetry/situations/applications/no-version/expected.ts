import type { Situation } from '../../support/situation.ts';

export default {
  promise: 'a service whose package.json has no name and version starts without a warning',
  differs: { stock: 'it adds listeners for SIGTERM and beforeExit' },
  spans: ['SERVER GET /'],
} satisfies Situation;
