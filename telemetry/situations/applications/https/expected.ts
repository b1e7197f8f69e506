import type { Situation } from '../../support/situation.ts';

const names = ['named-get', 'named-request', 'default-get', 'namespace-get', 'required-get', 'agent', 'fetch'];

export default {
  promise: 'requests over TLS are traced on both sides, regardless of how node:https was imported',
  env: { NODE_TLS_REJECT_UNAUTHORIZED: '0' }, // fetch has no option for the certificate
  nodeArgs: ['--no-warnings'],
  spans: [
    `SERVER GET /:name ×${names.length + 2}`,
    `SERVER GET /:name > CLIENT GET ×${names.length + 2}`,
    `SERVER GET /:name > CLIENT GET > SERVER GET /:name ×${names.length}`,
  ],
  attributes: { 'SERVER GET /:name > CLIENT GET > SERVER GET /:name': { 'url.scheme': 'https' } },
  differs: { stock: 'named imports of node:https send no traceparent' },
} satisfies Situation;
