import type { Situation } from '../../support/situation.ts';

export default {
  promise: 'a job is sent in the trace of its request, and polling for jobs belongs to no trace',
  postgres: true,
  secrets: /secret-ann/,
  // pg-boss creates spans of its own, PRODUCER and CONSUMER
  spans: [
    'SERVER POST /letters',
    'SERVER POST /letters > INTERNAL handler',
    'SERVER POST /letters > PRODUCER send letters',
    'SERVER POST /letters > PRODUCER send letters > CLIENT INSERT pgboss.job_common SELECT SELECT pgboss.queue',
    'CONSUMER process letters',
    'CONSUMER process letters > INTERNAL job',
    'CONSUMER process letters > CLIENT complete letters',
    'CONSUMER process letters > CLIENT complete letters > CLIENT UPDATE pgboss.job_common SELECT',
  ],
} satisfies Situation;
