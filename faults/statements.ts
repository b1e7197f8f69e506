// What can be wrong with a service's statements, or with the database that runs them.
import type { Database } from '../backend/database.ts';
import type { Faults } from './faults.ts';

const slowSeconds = 0.8;
const lockedSeconds = 0.25;
const rowsReadOneByOne = 20;

/** Writes through the faults that are on. */
export function createFaultyDatabase(database: Database, faults: Faults): Database {
  return {
    ...database,
    async query(text, values) {
      if (!text.startsWith('INSERT')) return database.query(text, values);
      if (await faults.isOn('lock-contention'))
        await database.query(`SELECT pg_advisory_xact_lock(21), pg_sleep(${lockedSeconds})`, []);
      const isRejected = await faults.isOn('failing-writes');
      const statement = (await faults.isOn('slow-database')) ? slow(text) : text;
      const rows = await database.query(statement, isRejected ? values.with(0, null) : values);
      if (await faults.isOn('n-plus-one')) await readOneByOne(database);
      return rows as never;
    },
  };
}

/** Within VALUES, so that the span has the same name. */
function slow(insert: string): string {
  return insert.replace('VALUES ($1', `VALUES ($1::integer + length(pg_sleep(${slowSeconds})::text)`);
}

async function readOneByOne(database: Database): Promise<void> {
  const latest = await database.query<{ id: string }>(`SELECT id FROM numbers ORDER BY id DESC LIMIT ${rowsReadOneByOne}`, []);
  for (const { id } of latest) await database.query('SELECT * FROM numbers WHERE id = $1', [id]);
}
