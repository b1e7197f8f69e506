import type { Situation } from '../../support/situation.ts';

export default {
  promise: 'the span is active in content-type parsers of every kind, regardless of when the body arrives',
  spans: [
    'SERVER POST / ×5',
    ...['buffer', 'string', 'stream', 'stream chunk', 'fails', 'any', 'any end', 'handler ×4'].map(
      (place) => `SERVER POST / > INTERNAL ${place}`,
    ),
    'SERVER POST /parts',
    'SERVER POST /parts > INTERNAL part field',
    'SERVER POST /parts > INTERNAL part file',
  ],
} satisfies Situation;
