import type { Situation } from '../../support/situation.ts';

/** How the bare application ends; `undefined`: by the signal. */
const ends: Record<string, number | Record<string, number> | undefined> = {
  none: undefined,
  'signal-exit 4': undefined,
  'signal-exit 3': undefined,
  'proper-lockfile': undefined,
  execa: undefined,
  ora: undefined,
  'close-with-grace': 0,
  'exit-hook': { SIGTERM: 143, SIGINT: 130 },
  'async-exit-hook': { SIGTERM: 143, SIGINT: 130 },
  'listener that exits': 7,
  'listener that closes': 0,
  'listener that waits': 0,
  'once, then the default': undefined,
  'once, the default within the listener': undefined,
  'prepended listener': 0,
  'prepended once, beside another': 0,
  'events.once': 0,
  'listener that ignores': 11,
  'emitted by the application': undefined,
  'request in flight': undefined,
  'added and removed': undefined,
};
/** The only application that removes all listeners also removes that of the default auto-instrumentation. */
const differs = (listener: string) =>
  listener === 'added and removed'
    ? {}
    : { stock: 'it adds a SIGTERM listener and does not end the process if there is no other' };
const signals = ['SIGTERM', 'SIGINT'] as const;

export default {
  promise: 'a signal ends the process as without telemetry, and no span is lost',
  spans: ['SERVER GET /'],
  mayRepeat: 'a batch is in flight when the process exits',
  variants: Object.fromEntries(
    Object.entries(ends).flatMap(([listener, end]) =>
      signals.map((name) => [
        `${listener}, ${name}`,
        {
          args: [listener],
          signal: { after: 'ready', name },
          end: (typeof end === 'object' ? end[name] : end) ?? name,
          differs: differs(listener),
        },
      ]),
    ),
  ),
} satisfies Situation;
