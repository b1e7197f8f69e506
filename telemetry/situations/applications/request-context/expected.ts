import type { Situation } from '../../support/situation.ts';

const places = ['onRequest', 'preParsing', 'preValidation', 'preHandler', 'handler', 'after a timer', 'onSend', 'onResponse'];

export default {
  promise: '@fastify/request-context has the same values as without telemetry, and the span is active as well',
  spans: [
    'SERVER GET /:name ×2',
    'SERVER POST /:name',
    ...places.map((place) => `SERVER GET /:name > INTERNAL ${place} ×2`),
    ...places.map((place) => `SERVER POST /:name > INTERNAL ${place}`),
  ],
} satisfies Situation;
