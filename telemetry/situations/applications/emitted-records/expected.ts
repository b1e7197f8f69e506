import type { Situation } from '../../support/situation.ts';

const names = [
  'text',
  'none',
  'null',
  'cyclic',
  'deep',
  'wide',
  'failing',
  'bytes',
  'long',
  'bigint',
  'symbol',
  'function',
  'date',
  'map',
  'proxy',
  'polluted',
  'lone',
  'sparse array',
];

export default {
  promise: 'emitting a record neither throws nor blocks, regardless of its body, and no record prevents the delivery of another',
  spans: names.map((name) => `SERVER GET /${name.replace(' ', '-')}`),
  // only the arrival of each record is checked here, not how much of an unexportable body remains
  records: names.map((name) => `${name} as an attribute @ SERVER GET /${name.replace(' ', '-')}`),
  ignoredRecords: { line: /^(?!.* as an attribute @)/, reason: 'the tests of the log record limits check the bodies' },
  differs: { stock: 'emit() throws for values that cannot be read, and blocks for a long time' },
} satisfies Situation;
