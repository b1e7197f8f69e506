import type { Situation } from '../../support/situation.ts';

/** Before the first delivery is attempted, and after. */
const waitsMs = { early: '0', late: '1500' };

export default {
  promise: 'a signal ends the process if no receiver accepts its spans',
  spans: [],
  differs: { stock: 'it adds a SIGTERM listener and does not end the process if there is no other' },
  variants: Object.fromEntries(
    Object.entries(waitsMs).flatMap(([when, waitMs]) =>
      (['refusing', 'silent'] as const).map((receiver) => [
        `${receiver} receiver, ${when}`,
        { args: [waitMs], receiver, signal: { after: 'ready', name: 'SIGTERM' }, end: 'SIGTERM', reports: [/^telemetry: /] },
      ]),
    ),
  ),
} satisfies Situation;
