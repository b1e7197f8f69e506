import type { Situation } from '../../support/situation.ts';

const gets = ['named-get', 'named-options', 'default-get', 'namespace-get', 'required-get', 'agent', 'fetch', 'refused'];

export default {
  promise: 'an outgoing request is traced regardless of how node:http was imported',
  secrets: /secret-token/,
  spans: [
    'SERVER GET /:name ×9',
    `SERVER GET /:name > CLIENT GET ×${gets.length}`,
    'SERVER GET /:name > CLIENT POST',
    'CLIENT GET',
    'INTERNAL job',
    'INTERNAL job > CLIENT GET',
  ],
  differs: { stock: 'named imports of node:http differ from the exports of the module' },
} satisfies Situation;
