import type { Situation } from '../../support/situation.ts';

export default {
  promise: 'worker threads behave as without telemetry, and no SDK is started in them',
  spans: [
    ...['/fails', '/exits', '/state', '/stdout', '/pool/:n ×2', '/transport', '/rejects', '/terminated', '/logger'].map(
      (route) => `SERVER GET ${route}`,
    ),
    'SERVER GET /logger > SERVER GET /',
  ],
  records: [
    'info through a transport @ SERVER GET /transport',
    'info through a transport of Fastify @ SERVER GET /logger > SERVER GET /',
  ],
  differs: { stock: 'it starts an SDK in each worker thread, and the parent receives no error event' },
} satisfies Situation;
