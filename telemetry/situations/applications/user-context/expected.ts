import type { Situation } from '../../support/situation.ts';

const places = [
  'preParsing',
  'preValidation',
  'preHandler',
  'handler',
  'immediate',
  'after a timer',
  'after a query',
  'in the callback of a query',
  'in the callback of connect',
  'in the callback of a query of a client',
  'onSend',
  'response finish',
  'response close',
  'onResponse',
];
const hooks = ['preParsing', 'preValidation', 'preHandler', 'onSend', 'onResponse'];
const tenants = (span: string, places: string[], tenant: string) =>
  Object.fromEntries(places.map((place) => [`${span} > INTERNAL ${place}`, { tenant }]));

export default {
  promise:
    "the application's AsyncLocalStorage behaves as without telemetry, and additions to the OpenTelemetry context reach all later code",
  postgres: true,
  spans: [
    'SERVER GET / ×2',
    'SERVER POST / ×3',
    'SERVER GET /resource',
    ...places.map((place) => `SERVER GET / > INTERNAL ${place} ×2`),
    ...places.map((place) => `SERVER POST / > INTERNAL ${place} ×3`),
    'SERVER GET / > INTERNAL request close', // the others have emitted it before the handler
    'SERVER POST / > INTERNAL parser',
    'SERVER POST / > INTERNAL chunk',
    'SERVER GET / > CLIENT SELECT ×6',
    'SERVER POST / > CLIENT SELECT ×9',
    ...hooks.map((place) => `SERVER GET /resource > INTERNAL ${place}`),
  ],
  attributes: tenants('SERVER GET /resource', hooks, '10'),
} satisfies Situation;
