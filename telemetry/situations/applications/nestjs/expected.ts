import type { Situation } from '../../support/situation.ts';

const signals = ['SIGTERM', 'SIGINT'] as const;

export default {
  promise: 'NestJS ends on a signal as it does without telemetry, and no span is lost',
  spans: ['SERVER GET /api/cats', 'SERVER GET /api/cats > INTERNAL controller'],
  differs: { stock: 'it adds a SIGTERM listener and does not end the process if there is no other' },
  variants: Object.fromEntries(
    ['hooks', 'no hooks'].flatMap((hooks) =>
      signals.map((name) => [`${hooks}, ${name}`, { args: [hooks], signal: { after: 'ready', name }, end: name }]),
    ),
  ),
} satisfies Situation;
