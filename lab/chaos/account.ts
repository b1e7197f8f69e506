// Checks the rows, traces and log lines of all writes that returned 201.
import { setTimeout as pause } from 'node:timers/promises';
import { isCompleteWrite, type TraceSpan } from '../../page/complete-trace.ts';
import { until } from '../../test/support/until.ts';
import type { Write } from './load.ts';
import { connectToPostgres, type Stack } from './stack.ts';

const longestMs = 90_000;

type Stores = Pick<Stack, 'spansOf' | 'logsOf' | 'quietMs'>;

export interface Account {
  lostRows: number;
  doubledRows: number;
  lostTraces: number;
  partialTraces: number;
  lostLogs: number;
  /** Writes whose trace or log lines are incomplete. */
  incomplete: Write[];
}

/** Polls until nothing is missing, or nothing more has arrived for a while. @param answered writes that returned 201 */
export async function account(stack: Stores, answered: Write[], lastIdBefore: number): Promise<Account> {
  const rows = await rowsOf(answered, lastIdBefore);
  let open = await findMissing(stack, answered);
  const startedAt = Date.now();
  for (let changedAt = startedAt; open.incomplete.length > 0 && Date.now() - changedAt < stack.quietMs; await pause(500)) {
    const now = await findMissing(stack, open.incomplete);
    if (sum(now) < sum(open)) changedAt = Date.now();
    open = now;
    if (Date.now() - startedAt > longestMs) break;
  }
  return { ...rows, ...open };
}

/** @returns the id of the latest row, so that only later rows are counted */
export async function lastId(): Promise<number> {
  const client = await connectToPostgres();
  const { rows } = await client.query('SELECT coalesce(max(id), 0)::int AS id FROM numbers');
  await client.end();
  return rows[0].id;
}

async function rowsOf(answered: Write[], lastIdBefore: number): Promise<Pick<Account, 'lostRows' | 'doubledRows'>> {
  const client = await until('PostgreSQL', connectToPostgres, 30_000);
  const sql = 'SELECT id::int, value, trace_id FROM numbers WHERE id > $1';
  const rows: { id: number; value: number; trace_id: string }[] = (await client.query(sql, [lastIdBefore])).rows;
  await client.end();
  const byId = new Map(rows.map((row) => [row.id, row]));
  const isStored = ({ id, value, traceId }: Write) => byId.get(id)?.value === value && byId.get(id)?.trace_id === traceId;
  return {
    lostRows: answered.filter((write) => !isStored(write)).length,
    doubledRows: rows.length - new Set(rows.map(({ trace_id }) => trace_id)).size, // including those of writes that returned no 201
  };
}

async function findMissing(stack: Stores, answered: Write[]): Promise<Omit<Account, 'lostRows' | 'doubledRows'>> {
  const ids = answered.map(({ traceId }) => traceId);
  const spans = await stack.spansOf(ids).catch(() => new Map<string, TraceSpan[]>());
  const logs = await stack.logsOf(ids).catch(() => new Map<string, Set<string>>());
  const lost = answered.filter(({ traceId }) => !spans.get(traceId)?.length);
  const partial = answered.filter(({ traceId }) => spans.get(traceId)?.length && !isCompleteWrite(spans.get(traceId) ?? []));
  const linesMissing = ({ traceId }: Write) => 2 - (logs.get(traceId)?.size ?? 0);
  const silent = answered.filter((write) => linesMissing(write) > 0);
  return {
    lostTraces: lost.length,
    partialTraces: partial.length,
    lostLogs: silent.reduce((all, write) => all + linesMissing(write), 0),
    incomplete: [...new Set([...lost, ...partial, ...silent])],
  };
}

function sum({ lostTraces, partialTraces, lostLogs }: Omit<Account, 'lostRows' | 'doubledRows'>): number {
  return lostTraces + partialTraces + lostLogs;
}
