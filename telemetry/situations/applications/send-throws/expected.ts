import type { Situation } from '../../support/situation.ts';

const paths = ['/invalid-payload', '/serializer-throws', '/locked-stream', '/twice', '/header-after-send', '/undefined'];

export default {
  promise: 'what Fastify throws into the application is thrown as without telemetry',
  spans: paths.map((path) => `SERVER GET ${path}`),
} satisfies Situation;
