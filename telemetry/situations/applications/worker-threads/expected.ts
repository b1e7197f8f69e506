import type { Situation } from '../../support/situation.ts';

export default {
  promise: 'worker threads behave as without telemetry, and no SDK is started in them',
  spans: ['/fails', '/exits', '/state', '/stdout', '/pool/:n ×2', '/transport'].map((route) => `SERVER GET ${route}`),
  records: ['info through a transport @ SERVER GET /transport'],
  differs: { stock: 'it starts an SDK in each worker thread, and the parent gets no error event' },
} satisfies Situation;
