// The table, as SQL.
import { trace } from '@opentelemetry/api';
import type { NumberRow } from '../service/number.ts';
import { currentTraceId } from '../service/trace-id.ts';
import type { Database } from './database.ts';

interface Row {
  id: string; // bigint
  value: number;
  trace_id: string | null;
  created_at: Date;
}

/** Resolves when the row is committed. It carries the id of the trace that this code runs in. */
export async function insertNumber(database: Database, value: number): Promise<NumberRow> {
  const [row] = await database.query<Row>('INSERT INTO numbers (value, trace_id) VALUES ($1, $2) RETURNING *', [
    value,
    currentTraceId(),
  ]);
  const number = toNumberRow(row as Row);
  trace.getActiveSpan()?.setAttribute('demo.number.id', number.id);
  return number;
}

/** The newest first. */
export async function latestNumbers(database: Database, limit: number): Promise<NumberRow[]> {
  const rows = await database.query<Row>('SELECT * FROM numbers ORDER BY id DESC LIMIT $1', [limit]);
  return rows.map(toNumberRow);
}

export async function findNumber(database: Database, id: number): Promise<NumberRow | undefined> {
  const rows = await database.query<Row>('SELECT * FROM numbers WHERE id = $1', [id]);
  return rows.map(toNumberRow)[0];
}

function toNumberRow({ id, value, trace_id, created_at }: Row): NumberRow {
  return { id: Number(id), value, createdAt: created_at.toISOString(), traceId: trace_id };
}
