// The same small shop with each library on top of pg: two concurrent requests over one connection, a transaction and an error.
import Fastify from 'fastify';
import pg from 'pg';

interface Shop {
  add(name: string): Promise<unknown>;
  find(name: string): Promise<unknown>;
  move(from: string, to: string): Promise<unknown>;
  fail(): Promise<unknown>;
  end(): Promise<unknown> | unknown;
}
const { PGHOST: host = '', PGPORT = '', PGUSER: user = '', PGPASSWORD: password = '', PGDATABASE: database = '' } = process.env;
const connection = { host, port: Number(PGPORT), user, password, database };

const libraries: Record<string, () => Promise<Shop>> = {
  drizzle: async () => {
    const { drizzle } = await import('drizzle-orm/node-postgres');
    const { integer, pgTable, text } = await import('drizzle-orm/pg-core');
    const { eq, sql } = await import('drizzle-orm');
    const items = pgTable('items', { id: integer('id').primaryKey().generatedAlwaysAsIdentity(), name: text('name') });
    const pool = new pg.Pool({ max: 1 });
    const db = drizzle(pool);
    return {
      add: (name) => db.insert(items).values({ name }),
      find: (name) => db.select({ name: items.name }).from(items).where(eq(items.name, name)),
      move: (from, to) => db.transaction(async (tx) => tx.update(items).set({ name: to }).where(eq(items.name, from))),
      fail: () => db.execute(sql`SELECT * FROM nowhere WHERE name = ${'secret-fail'}`),
      end: () => pool.end(),
    };
  },
  kysely: async () => {
    const { Kysely, PostgresDialect, sql } = await import('kysely');
    const db = new Kysely<{ items: { name: string } }>({ dialect: new PostgresDialect({ pool: new pg.Pool({ max: 1 }) }) });
    return {
      add: (name) => db.insertInto('items').values({ name }).execute(),
      find: (name) => db.selectFrom('items').select('name').where('name', '=', name).execute(),
      move: (from, to) =>
        db.transaction().execute((tx) => tx.updateTable('items').set({ name: to }).where('name', '=', from).execute()),
      fail: () => sql`SELECT * FROM nowhere WHERE name = ${'secret-fail'}`.execute(db),
      end: () => db.destroy(),
    };
  },
  knex: async () => {
    const knex = (await import('knex')).default({ client: 'pg', connection, pool: { min: 0, max: 1 } });
    return {
      add: (name) => knex('items').insert({ name }),
      find: (name) => knex('items').select('name').where({ name }),
      move: (from, to) => knex.transaction((tx) => tx('items').update({ name: to }).where({ name: from })),
      fail: () => knex.raw("SELECT * FROM nowhere WHERE name = 'secret-fail'"),
      end: () => knex.destroy(),
    };
  },
  typeorm: async () => {
    const { DataSource, EntitySchema } = await import('typeorm');
    const { host, port, user: username, password, database } = connection;
    const Item = new EntitySchema<{ id: number; name: string }>({
      name: 'Item',
      tableName: 'items',
      columns: { id: { type: Number, primary: true, generated: 'increment' }, name: { type: String } },
    });
    const source = new DataSource({
      type: 'postgres',
      host,
      port,
      username,
      password,
      database,
      entities: [Item],
      extra: { max: 1 },
    });
    await source.initialize();
    return {
      add: (name) => source.getRepository(Item).insert({ name }),
      find: (name) =>
        source.getRepository(Item).createQueryBuilder('item').select('item.name').where('item.name = :name', { name }).getMany(),
      move: (from, to) => source.transaction((manager) => manager.update(Item, { name: from }, { name: to })),
      fail: () => source.query("SELECT * FROM nowhere WHERE name = 'secret-fail'"),
      end: () => source.destroy(),
    };
  },
  sequelize: async () => {
    const { DataTypes, Sequelize } = await import('sequelize');
    const { user: username, ...rest } = connection;
    const sequelize = new Sequelize({ dialect: 'postgres', username, ...rest, logging: false, pool: { max: 1 } });
    const Item = sequelize.define('item', { name: DataTypes.TEXT }, { tableName: 'items', timestamps: false });
    return {
      add: (name) => Item.create({ name }),
      find: (name) => Item.findAll({ where: { name }, attributes: ['name'], raw: true }),
      move: (from, to) =>
        sequelize.transaction((transaction) => Item.update({ name: to }, { where: { name: from }, transaction })),
      fail: () => sequelize.query("SELECT * FROM nowhere WHERE name = 'secret-fail'"),
      end: () => sequelize.close(),
    };
  },
  'pg-promise': async () => {
    const pgp = (await import('pg-promise')).default();
    const db = pgp({ ...connection, max: 1 });
    return {
      add: (name) => db.none('INSERT INTO items (name) VALUES ($1)', [name]),
      find: (name) => db.any('SELECT name FROM items WHERE name = $1', [name]),
      move: (from, to) => db.tx((t) => t.none('UPDATE items SET name = $2 WHERE name = $1', [from, to])),
      fail: () => db.any("SELECT * FROM nowhere WHERE name = 'secret-fail'"),
      end: () => pgp.end(),
    };
  },
  '@fastify/postgres': async () => {
    const postgres = (await import('@fastify/postgres')).default;
    const plugged = Fastify();
    await plugged.register(postgres, { ...connection, max: 1 });
    const db = (plugged as any).pg;
    return {
      add: (name) => db.query('INSERT INTO items (name) VALUES ($1)', [name]),
      find: async (name) => (await db.query('SELECT name FROM items WHERE name = $1', [name])).rows,
      move: (from, to) =>
        db.transact((client: pg.PoolClient) => client.query('UPDATE items SET name = $2 WHERE name = $1', [from, to])),
      fail: () => db.query("SELECT * FROM nowhere WHERE name = 'secret-fail'"),
      end: () => plugged.close(),
    };
  },
};

const setup = new pg.Client();
await setup.connect();
await setup.query('CREATE TABLE items (id int PRIMARY KEY GENERATED ALWAYS AS IDENTITY, name text)');
await setup.end();

const shop = await (libraries[process.argv[2] as string] as () => Promise<Shop>)();
const app = Fastify();
app.post('/items/:name', async (request) => {
  await shop.add((request.params as { name: string }).name);
  return 'added';
});
app.get('/items/:name', async (request) => shop.find((request.params as { name: string }).name));
app.post('/move/:from/:to', async (request) => {
  const { from, to } = request.params as { from: string; to: string };
  await shop.move(from, to);
  return 'moved';
});
app.get('/fails', async () =>
  shop.fail().then(
    () => 'nothing failed',
    (error) => ({ code: error.code ?? error.original?.code ?? error.cause?.code, name: error.name }),
  ),
);

await Promise.all(['secret-a', 'secret-b'].map((name) => app.inject({ method: 'POST', url: `/items/${name}` })));
console.log((await app.inject('/items/secret-a')).body);
console.log((await app.inject({ method: 'POST', url: '/move/secret-a/secret-c' })).body);
console.log((await app.inject('/items/secret-c')).body);
console.log((await app.inject('/fails')).body);
await shop.end();
await app.close();
