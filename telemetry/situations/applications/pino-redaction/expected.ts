import type { Situation } from '../../support/situation.ts';

const names = ['redact', 'remove', 'censor', 'serializers', 'streamWrite', 'streamWrite-and-redact', 'logMethod', 'formatter'];
const paid = (name: string) => {
  const body = name === 'logMethod' ? 'nothing to see' : name.startsWith('streamWrite') ? 'paid with ****' : 'paid';
  return `info ${body} @ SERVER GET /${name}`;
};
const child = (name: string) => (name === 'logMethod' ? '' : `info from a child @ SERVER GET /${name}`);

export default {
  promise: 'values redacted in a line are redacted in its record',
  secrets: /secret-(card|password|token|item)/,
  spans: names.map((name) => `SERVER GET /${name}`),
  records: names.flatMap((name) => (name === 'logMethod' ? [`${paid(name)} ×2`] : [paid(name), child(name)])),
  recordAttributes: {
    'info paid @ SERVER GET /redact': { card: '[Redacted]', user: { name: 'ann', password: '[Redacted]' }, item: 7 },
    'info paid @ SERVER GET /remove': { card: undefined, user: { name: 'ann' } },
    'info paid @ SERVER GET /censor': { card: '11 hidden' },
    'info paid @ SERVER GET /serializers': { card: 'card', items: 2 },
    'info paid with **** @ SERVER GET /streamWrite': { card: '****' },
    'info paid @ SERVER GET /formatter': { item: 7, card: undefined },
  },
} satisfies Situation;
