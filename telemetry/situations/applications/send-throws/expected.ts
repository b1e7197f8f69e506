import type { Situation } from '../../support/situation.ts';

const paths = ['/invalid-payload', '/serializer-throws', '/locked-stream', '/twice', '/header-after-send', '/undefined'];

export default {
  promise: 'Fastify throws the same errors into the application as without telemetry',
  spans: paths.map((path) => `SERVER GET ${path}`),
} satisfies Situation;
