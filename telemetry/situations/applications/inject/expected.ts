import type { Situation } from '../../support/situation.ts';

export default {
  promise: 'an injected request belongs to the active span, or to the parent in its headers if it has one',
  spans: [
    'SERVER GET /inner',
    'SERVER GET /outer',
    'SERVER GET /outer > SERVER GET /inner',
    'INTERNAL job ×3',
    'INTERNAL job > SERVER GET /inner',
    'INTERNAL job > SERVER GET /outer',
    'INTERNAL job > SERVER GET /outer > SERVER GET /inner',
    'INTERNAL callback',
    'INTERNAL callback > SERVER GET /inner',
    'INTERNAL chain',
    'INTERNAL chain > SERVER GET /inner',
    'remote > SERVER GET /inner ×3', // twice by header, once from a carrier
  ],
} satisfies Situation;
