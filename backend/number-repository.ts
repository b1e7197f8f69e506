// The SQL of the table `numbers`.
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

/** `DO NOTHING` would return no row for a known key, and a SELECT might not see a row committed a moment ago. */
const insert =
  'INSERT INTO numbers (value, trace_id, idempotency_key) VALUES ($1, $2, $3) ' +
  'ON CONFLICT (idempotency_key) DO UPDATE SET value = numbers.value RETURNING *';

/**
 * Resolves when the row is committed. The row has the id of the current trace.
 *
 * @param idempotencyKey for a known key no row is added, and the existing one is returned
 * @throws {ServiceError} 422 if the existing row has another value
 */
export async function insertNumber(database: Database, value: number, idempotencyKey: string | null): Promise<NumberRow> {
  const [row] = await database.query<Row>(insert, [value, currentTraceId(), idempotencyKey]);
  const number = toNumberRow(row as Row);
  if (number.value !== value) throw new ServiceError(422, 'this Idempotency-Key was already used for another value');
  const span = trace.getActiveSpan();
  if (span?.isRecording()) span.setAttribute('demo.number.id', number.id); // it has ended if the client has disconnected
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
