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
  promise: 'emitting a record neither throws nor blocks, whatever its body, and no record keeps another one from being delivered',
  spans: names.map((name) => `SERVER GET /${name.replace(' ', '-')}`),
  // what is left of a body that cannot be exported is not stated here; that its record arrives is
  records: names.map((name) => `${name} as an attribute @ SERVER GET /${name.replace(' ', '-')}`),
  ignoredRecords: { line: /^(?!.* as an attribute @)/, reason: 'the bodies themselves: see the tests of the log record bounds' },
  differs: { stock: 'emit() throws for what cannot be read, and blocks for long' },
} satisfies Situation;
