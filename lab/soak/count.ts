// Counts the rows, spans, log records and log lines that have arrived.
import pg from 'pg';
import { until } from '../../test/support/until.ts';
import type { Sink } from '../cost/measured.ts';
import type { Soaked } from './soaked.ts';

export interface Arrived {
  rows: number;
  spans: number;
  logRecords: number;
  lines: number;
}

/** @param database the PG* variables of the backend */
export function counter(database: Record<string, string>, sink: Sink, services: Soaked[]) {
  const count = async (): Promise<Arrived> => {
    const { spans, logs } = await sink.counted();
    const lines = services.reduce((total, service) => total + service.lines(), 0);
    return { rows: await countRows(database), spans, logRecords: logs, lines };
  };
  return {
    count,
    /** Counts since an earlier count. Waits until all items of this number of writes have arrived, at most 30 seconds. */
    countSince: async (before: Arrived, writes: number): Promise<Arrived> => {
      const isAll = (now: Arrived) => now.spans >= 4 * writes && now.logRecords >= 2 * writes && now.lines >= 2 * writes;
      const since = async () => less(await count(), before);
      await until('all items', async () => isAll(await since()), 30_000).catch(() => {}); // the verdict reports it
      return since();
    },
  };
}

function less(after: Arrived, before: Arrived): Arrived {
  return {
    rows: after.rows - before.rows,
    spans: after.spans - before.spans,
    logRecords: after.logRecords - before.logRecords,
    lines: after.lines - before.lines,
  };
}

async function countRows({ PGHOST, PGPORT, PGUSER, PGPASSWORD, PGDATABASE }: Record<string, string>): Promise<number> {
  const client = new pg.Client({ host: PGHOST, port: Number(PGPORT), user: PGUSER, password: PGPASSWORD, database: PGDATABASE });
  await client.connect();
  const { rows } = await client.query('SELECT count(*)::int AS count FROM numbers');
  await client.end();
  return rows[0].count;
}
