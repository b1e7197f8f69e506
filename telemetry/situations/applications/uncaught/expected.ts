import type { Situation, Variant } from '../../support/situation.ts';

const ends: Record<string, number> = {
  'throw in a timer': 1,
  'throw what is no error': 1,
  'throw null': 1,
  'error with a cause': 1,
  'unhandled rejection': 1,
  'unhandled rejection of undefined': 1,
  'error event without a listener': 1,
  'process.exit(3)': 3,
  'process.exit in a request': 4,
  'process.exitCode': 5,
  'a listener that keeps the process alive': 6,
  'a listener that exits': 8,
  'a monitor': 1,
  'a listener for rejections': 9,
  'an exit listener that throws': 0,
  'an exit listener that exits': 12,
  'a listener that throws': 7,
  'a capture callback': 10,
  'throw in a request': 1,
  'throw in a tick': 1,
  'stack overflow': 1,
  'a domain': 14,
  'throw at the top level': 1,
  'a top level that never settles': 13,
  'work before the exit': 0,
};
/** The exit code for each mode of --unhandled-rejections. */
const modes: Record<string, number> = { strict: 1, warn: 0, none: 0 };
const undelivered = [/^telemetry: /];

/** The default auto-instrumentation prints a different source line. */
const differs = { stock: 'it rethrows the error from its own code' };

const variants: Record<string, Partial<Variant>> = {};
for (const [kind, end] of Object.entries(ends)) {
  variants[kind] = { args: [kind], end, ...(kind === 'throw in a request' ? { differs } : {}) };
  if (!['throw in a timer', 'unhandled rejection', 'process.exit(3)', 'process.exitCode'].includes(kind)) continue;
  for (const receiver of ['refusing', 'silent'] as const)
    variants[`${kind}, ${receiver} receiver`] = { args: [kind], end, receiver, spans: [], reports: undelivered };
}
for (const [mode, end] of Object.entries(modes))
  variants[`unhandled rejection, ${mode}`] = {
    args: ['a rejection and an end'],
    nodeArgs: [`--unhandled-rejections=${mode}`],
    end,
  };

export default {
  promise: 'a process exits on an error or an exit call as without telemetry, and serves no request while it exits',
  spans: ['SERVER GET /first'],
  mayRepeat: 'a batch is in flight when the process exits',
  ignoredSpans: { path: /^SERVER GET \/$/, reason: 'the number of requests before the exit depends on timing' },
  variants,
} satisfies Situation;
