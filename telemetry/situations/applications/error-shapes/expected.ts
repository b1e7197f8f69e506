import type { Situation } from '../../support/situation.ts';

export default {
  promise: 'any value thrown by a handler reaches the error handler unchanged',
  spans: ['SERVER GET /:kind ×13', 'SERVER GET /reply/:kind'],
  attributes: { 'SERVER GET /reply/:kind': { status: 'ERROR', 'error.type': '500', events: ['exception'] } },
} satisfies Situation;
