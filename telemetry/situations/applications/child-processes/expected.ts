import type { Situation } from '../../support/situation.ts';

export default {
  promise: 'child processes behave as without telemetry',
  spans: ['/fork', '/spawn', '/exec'].map((route) => `SERVER GET ${route}`),
  differs: { stock: 'it adds a SIGTERM listener, in forked processes too' },
} satisfies Situation;
