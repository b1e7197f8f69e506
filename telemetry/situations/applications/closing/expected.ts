import type { Situation } from '../../support/situation.ts';

export default {
  promise: 'closing an instance does not wait for a receiver',
  spans: ['SERVER GET / ×3'],
  records: ['info incoming request @ SERVER GET /', 'info request completed @ SERVER GET /'],
  variants: {
    'receiver up': {},
    'refusing receiver': { receiver: 'refusing', spans: [], records: [], reports: [/^telemetry: /] },
    'silent receiver': { receiver: 'silent', spans: [], records: [], reports: [/^telemetry: /] },
    'silent receiver, HTTP': { receiver: 'silent', protocol: 'http/protobuf', spans: [], records: [], reports: [/^telemetry: /] },
  },
} satisfies Situation;
