import type { Situation } from '../../support/situation.ts';

const names = ['https', 'any', 'list', 'none', 'query', 'parents', 'baggage'];

export default {
  promise: 'the scheme is http or https, and no span contains a query string, header or malformed parent',
  spans: [
    ...['trusted', 'direct'].flatMap((path) => names.map((name) => `SERVER GET /${path}/${name}`)),
    'remote > SERVER GET /trusted/state',
    'remote > SERVER GET /direct/state',
  ],
  attributes: {
    'SERVER GET /trusted/https': { 'url.scheme': 'https' },
    'SERVER GET /trusted/any': { 'url.scheme': 'http' },
    'SERVER GET /direct/https': { 'url.scheme': 'http' },
    'SERVER GET /direct/any': { 'url.scheme': 'http' },
    'SERVER GET /direct/query': { 'url.query': undefined, 'url.full': undefined },
  },
} satisfies Situation;
