import type { Situation } from '../../support/situation.ts';

export default {
  promise: 'a request is traced regardless of the server that passes it to Fastify',
  spans: ['SERVER GET /own', 'SERVER GET /own > INTERNAL own', 'SERVER GET /new/:id', 'SERVER GET /new/:id > INTERNAL new'],
  attributes: { 'SERVER GET /new/:id': { 'http.route': '/new/:id' } },
} satisfies Situation;
