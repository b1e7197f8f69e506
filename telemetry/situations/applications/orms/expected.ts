import type { Situation } from '../../support/situation.ts';

const [added, found, moved, failed] = ['POST /items/:name', 'GET /items/:name', 'POST /move/:from/:to', 'GET /fails'].map(
  (route) => `SERVER ${route}`,
);

/** Their statements differ in how they begin a transaction and whether they quote names, and some ask for things when they connect. */
function shop({
  begin = 'BEGIN',
  items = '"items"',
  connect = [] as string[],
  by = (_operation: string, span: string) => [span],
} = {}): string[] {
  return [
    `${added} ×2`,
    ...connect.map((span) => `${added} > CLIENT ${span}`),
    ...by('insert', `INSERT ${items} ×2`).map((span) => `${added} > CLIENT ${span}`),
    `${found} ×2`,
    ...by('select', `SELECT ${items} ×2`).map((span) => `${found} > CLIENT ${span}`),
    moved as string,
    `${moved} > CLIENT ${begin}`,
    ...by('update', `UPDATE ${items}`).map((span) => `${moved} > CLIENT ${span}`),
    `${moved} > CLIENT COMMIT`,
    failed as string,
    ...by('raw', 'SELECT nowhere').map((span) => `${failed} > CLIENT ${span}`),
  ];
}

/** knex has an instrumentation of its own, whose spans are around those of pg. */
function byKnex(operation: string, span: string): string[] {
  const own = operation === 'raw' ? 'raw database' : `${operation} database.items`;
  return [span.includes('×2') ? `${own} ×2` : own, `${own} > CLIENT ${span}`];
}

export default {
  promise: 'each query of an ORM or query builder belongs to its request, and no value is exported',
  postgres: true,
  secrets: /secret-fail/,
  spans: shop(),
  attributes: { [`${failed} > CLIENT SELECT nowhere`]: { status: 'ERROR', 'db.response.status_code': '42P01' } },
  variants: {
    drizzle: { args: ['drizzle'] },
    kysely: { args: ['kysely'] },
    knex: { args: ['knex'], spans: shop({ connect: ['SELECT'], by: byKnex }) },
    typeorm: { args: ['typeorm'], spans: shop({ begin: 'START' }) },
    sequelize: {
      args: ['sequelize'],
      spans: shop({ begin: 'START', connect: ['SELECT pg_range pg_type SELECT pg_type', 'SET ×2'] }),
    },
    '@fastify/postgres': { args: ['@fastify/postgres'], spans: shop({ items: 'items' }) },
    'pg-promise': { args: ['pg-promise'], spans: shop({ items: 'items' }) },
  },
} satisfies Situation;
