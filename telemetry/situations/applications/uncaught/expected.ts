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
};
const undelivered = [/^telemetry: /];

const variants: Record<string, Partial<Variant>> = {};
for (const [kind, end] of Object.entries(ends)) {
  variants[kind] = { args: [kind], end };
  if (!['throw in a timer', 'unhandled rejection', 'process.exit(3)', 'process.exitCode'].includes(kind)) continue;
  for (const receiver of ['refusing', 'silent'] as const)
    variants[`${kind}, ${receiver} receiver`] = { args: [kind], end, receiver, spans: [], reports: undelivered };
}

export default {
  promise: 'a process ends by an error or an exit as it does without telemetry, and serves nothing meanwhile',
  spans: ['SERVER GET /first'],
  ignoredSpans: { path: /^SERVER GET \/$/, reason: 'how often the client asks before the end is a matter of time' },
  variants,
} satisfies Situation;
