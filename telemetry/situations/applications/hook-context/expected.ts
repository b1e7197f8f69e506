import type { Situation } from '../../support/situation.ts';

const places = ['preHandler', 'handler', 'after a timer', 'onSend', 'onResponse'];
const baggage = { baggage: 'onRequest,preParsing,preValidation,preHandler' };
const requests = { 'SERVER GET /:name': ' ×2', 'SERVER POST /:name': '' };

export default {
  promise: 'additions to the context by a hook of any kind reach all later code, and stores behave as without telemetry',
  spans: Object.entries(requests).flatMap(([span, times]) => [
    `${span}${times}`,
    ...places.map((place) => `${span} > INTERNAL ${place}${times}`),
  ]),
  attributes: Object.fromEntries(
    Object.keys(requests).flatMap((span) => places.map((place) => [`${span} > INTERNAL ${place}`, baggage])),
  ),
} satisfies Situation;
