// The table, as SQL.
import { trace } from '@opentelemetry/api';
import { ServiceError } from '../service/errors.ts';
import type { NumberRow } from '../service/number-row.ts';
import { currentTraceId } from '../service/trace-id.ts';
import type { Database } from './database.ts';

interface Row {
  id: string; // bigint
  value: number;
  trace_id: string | null;
  created_at: Date;
}

/** Where the key is there, `DO NOTHING` would give no row back, and a row of a moment ago would not be seen by a SELECT. */
const insert =
  'INSERT INTO numbers (value, trace_id, idempotency_key) VALUES ($1, $2, $3) ' +
  'ON CONFLICT (idempotency_key) DO UPDATE SET value = numbers.value RETURNING *';

/**
 * Resolves when the row is committed. It carries the id of the trace that this code runs in.
 *
 * @param idempotencyKey with one that was given before, no row is added, and the one of then is returned
 * @throws {ServiceError} 422 where that one has another value
 */
export async function insertNumber(database: Database, value: number, idempotencyKey: string | null): Promise<NumberRow> {
  const [row] = await database.query<Row>(insert, [value, currentTraceId(), idempotencyKey]);
  const number = toNumberRow(row as Row);
  if (number.value !== value) throw new ServiceError(422, 'this Idempotency-Key was used before, for another value');
  const span = trace.getActiveSpan();
  if (span?.isRecording()) span.setAttribute('demo.number.id', number.id); // it has ended where the client has left
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
