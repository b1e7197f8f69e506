import type { Situation } from '../../support/situation.ts';

const signal = { after: 'ready', name: 'SIGTERM' } as const;
const spans = ['SERVER GET /slow', 'SERVER GET /slow > INTERNAL late', 'INTERNAL closed'];

export default {
  promise: 'a graceful shutdown works as without telemetry and delivers its last spans',
  spans,
  mayRepeat: 'a batch is in flight when the process exits',
  variants: {
    'receiver up': { signal },
    'receiver up, HTTP': { signal, protocol: 'http/protobuf' },
    'refusing receiver': { signal, receiver: 'refusing', spans: [], reports: [/^telemetry: /] },
    'silent receiver': { signal, receiver: 'silent', spans: [], reports: [/^telemetry: /] },
  },
} satisfies Situation;
