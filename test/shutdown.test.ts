import { connect } from 'node:net';
import { describe, expect, test } from 'vitest';
import { isCompleteWrite } from '../page/complete-trace.ts';
import { startService } from './support/service.ts';
import { startStack } from './support/stack.ts';
import { until } from './support/until.ts';

describe.each(['frontend', 'backend'] as const)('SIGTERM to the %s under load', (name) => {
  test('every write answered with 201 is a row, a complete trace and log lines of both services', async () => {
    // Batches wait for ten minutes: only the flush at the end can deliver the last ones.
    const stack = await startStack({
      OTEL_BSP_SCHEDULE_DELAY: '600000',
      OTEL_BLRP_SCHEDULE_DELAY: '600000',
      OTEL_BSP_EXPORT_TIMEOUT: '30000', // a busy machine may take longer than the default
    });
    const answered: { id: number; traceId: string }[] = [];
    let isOver = false;
    const clients = Array.from({ length: 8 }, async () => {
      while (!isOver) {
        const response = await fetch(`${stack.frontend.url}/write`, { method: 'POST' }).catch(() => undefined);
        if (response?.status === 201) answered.push(await response.json());
        else if (!response) return; // the frontend is gone
      }
    });
    await until('200 writes', () => answered.length >= 200);
    expect(await stack[name].stop(), stack[name].output().slice(-1000)).toEqual({ code: 0, signal: null });
    isOver = true;
    await Promise.all(clients);
    const rows = name === 'frontend' ? await (await fetch(`${stack.backend.url}/numbers?limit=1000`)).json() : undefined;
    await stack.stop();

    for (const { id, traceId } of answered) {
      if (rows) expect(rows).toContainEqual(expect.objectContaining({ id, traceId }));
      expect(stack.receiver.spansOf(traceId)).toSatisfy(isCompleteWrite);
      expect(new Set(stack.receiver.logsOf(traceId).map(({ service }) => service))).toEqual(new Set(['frontend', 'backend']));
    }
  });
});

test('a connection that never carries a request does not delay the shutdown', async () => {
  const env = { BACKEND_PORT: '1', EMIT_INTERVAL_MS: '0', OTEL_SDK_DISABLED: 'true' };
  const frontend = await startService('frontend', { env, isReady: false });
  const { hostname, port } = new URL(frontend.url);
  const socket = connect(Number(port), hostname);
  await new Promise((resolve) => socket.once('connect', resolve));
  let received = '';
  socket.on('data', (chunk) => (received += chunk));
  expect(await frontend.stop()).toEqual({ code: 0, signal: null });
  expect(received).toBe(''); // not even the 408 after which any connection is closed
});
