// The quick part of make chaos: what is answered with 201 stays, though a part is killed or away meanwhile.
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { isCompleteWrite } from '../../page/complete-trace.ts';
import { type OtlpReceiver, startOtlpReceiver } from '../../telemetry/test/support/otlp-receiver.ts';
import { connectTo } from '../support/postgres.ts';
import { startService } from '../support/service.ts';
import { type Stack, startStack } from '../support/stack.ts';
import { until } from '../support/until.ts';

interface Answered {
  id: number;
  value: number;
  traceId: string;
  /** When the request was sent, in Unix milliseconds. */
  sentAt: number;
}

let stack: Stack;
let answered: Answered[];
let isOver: boolean;
let load: Promise<unknown>;
let later: OtlpReceiver | undefined; // stopped last: services wait for one that has just gone

beforeEach(async () => {
  stack = await startStack();
  answered = [];
  isOver = false;
  load = Promise.all(Array.from({ length: 8 }, writeAgainAndAgain));
  await until('100 writes', () => answered.length >= 100);
});

afterEach(async () => {
  isOver = true;
  await load;
  await stack.stop();
  await later?.stop();
});

async function writeAgainAndAgain(): Promise<void> {
  while (!isOver) {
    const sentAt = Date.now();
    const response = await fetch(`${stack.frontend.url}/write`, { method: 'POST' });
    const row = await response.json();
    if (response.status === 201) answered.push({ ...row, sentAt });
    await pause(10);
  }
}

async function stopWriting(): Promise<void> {
  const count = answered.length;
  await until('100 more writes', () => answered.length >= count + 100);
  isOver = true;
  await load;
}

async function expectEachRowOnce(): Promise<void> {
  const client = await connectTo(stack.env);
  const { rows } = await client.query('SELECT id::int, value, trace_id AS "traceId" FROM numbers');
  await client.end();
  expect(new Set(rows.map(({ traceId }) => traceId)).size, 'a write with two rows').toBe(rows.length);
  for (const { id, value, traceId } of answered) expect(rows).toContainEqual({ id, value, traceId });
}

/** By way of any of these receivers. */
async function expectComplete(writes: Answered[], ...receivers: OtlpReceiver[]): Promise<void> {
  const spansOf = (traceId: string) => receivers.flatMap((receiver) => receiver.spansOf(traceId));
  const servicesOf = (traceId: string) =>
    new Set(receivers.flatMap((receiver) => receiver.logsOf(traceId)).map((log) => log.service));
  for (const { traceId } of writes) {
    await until(`the complete trace ${traceId}`, () => isCompleteWrite(spansOf(traceId)));
    await until(`the log lines of ${traceId}`, () => servicesOf(traceId).size === 2);
  }
}

test('kill -9 of the backend: no row is lost or doubled, and each trace from before and after is complete', async () => {
  await expectComplete([...answered], stack.receiver);
  await stack.backend.stop('SIGKILL');
  const backend = await startService('backend', { env: { ...stack.env, BACKEND_PORT: new URL(stack.backend.url).port } });
  const recoveredAt = Date.now();
  await stopWriting();
  await expectEachRowOnce();
  const later = answered.filter(({ sentAt }) => sentAt > recoveredAt);
  expect(later.length).toBeGreaterThan(0);
  await expectComplete(later, stack.receiver);
  await backend.stop();
});

test('no receiver for a while: no row is lost or doubled, and each trace and log line arrives', async () => {
  await stack.receiver.stop();
  await until(
    'the word of it',
    () => /cannot reach/.test(stack.backend.output()) && /cannot reach/.test(stack.frontend.output()),
  );
  later = await startOtlpReceiver({ port: stack.receiver.port });
  await stopWriting();
  await expectEachRowOnce();
  await expectComplete(answered, stack.receiver, later);
});
