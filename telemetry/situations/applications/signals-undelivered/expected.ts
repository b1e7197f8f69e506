import type { Situation } from '../../support/situation.ts';

/** Before the first delivery is attempted, and after. */
const waitsMs = { early: '0', late: '1500' };

export default {
  promise: 'a signal ends the process where no receiver takes its spans',
  spans: [],
  differs: { stock: 'it listens for SIGTERM, and does not end the process where it is alone' },
  variants: Object.fromEntries(
    Object.entries(waitsMs).flatMap(([when, waitMs]) =>
      (['refusing', 'silent'] as const).map((receiver) => [
        `${receiver} receiver, ${when}`,
        { args: [waitMs], receiver, signal: { after: 'ready', name: 'SIGTERM' }, end: 'SIGTERM', reports: [/^telemetry: /] },
      ]),
    ),
  ),
} satisfies Situation;
