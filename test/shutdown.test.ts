import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isCompleteWrite } from '../page/complete-trace.ts';
import { type OtlpReceiver, startOtlpReceiver } from '../telemetry/test/support/otlp-receiver.ts';
import { root, run, startService } from './support/service.ts';
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

describe('a process without any telemetry code delivers its last span', () => {
  let receiver: OtlpReceiver;
  let directory: string;

  beforeAll(async () => {
    receiver = await startOtlpReceiver();
    directory = mkdtempSync(join(root, 'test/.shutdown-'));
    writeFileSync(
      join(directory, 'main.ts'),
      `import { trace } from '@opentelemetry/api';
       import Fastify from 'fastify';
       const app = Fastify();
       app.get('/hello', async () => 'hello');
       trace.getTracer('test').startSpan('last').end();
       const how = process.argv[2];
       if (how === 'normal') await app.inject('/hello');
       else await app.listen({ port: 0 });
       console.log('up');
       if (how === 'error') setTimeout(() => { throw new Error('uncaught') });
       if (how === 'rejection') void Promise.reject(new Error('unhandled'));
       if (how === 'close') { await app.close(); process.exit(0); }`,
    );
  });

  afterAll(async () => {
    rmSync(directory, { recursive: true });
    await receiver.stop();
  });

  test.each([
    { how: 'at SIGTERM', argument: 'signal', signal: 'SIGTERM', ends: { code: null, signal: 'SIGTERM' } },
    { how: 'at SIGINT', argument: 'signal', signal: 'SIGINT', ends: { code: null, signal: 'SIGINT' } },
    { how: 'at a normal end', argument: 'normal', ends: { code: 0, signal: null } },
    { how: 'at an uncaught error', argument: 'error', ends: { code: 1, signal: null }, says: /Error: uncaught/ },
    { how: 'at an unhandled rejection', argument: 'rejection', ends: { code: 1, signal: null }, says: /Error: unhandled/ },
    { how: 'when it closes Fastify and exits', argument: 'close', ends: { code: 0, signal: null } },
  ])('$how', async ({ argument, signal, ends, says }) => {
    receiver.spans.length = 0;
    const service = run(['--import', './telemetry/src/register.ts', join(directory, 'main.ts'), argument], {
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint,
      OTEL_BSP_SCHEDULE_DELAY: '600000',
      OTEL_BSP_EXPORT_TIMEOUT: '30000',
    });
    await until('it is up', () => service.output().includes('up\n'));
    const ended = signal ? service.stop(signal as NodeJS.Signals) : service.ended;
    expect(await ended).toEqual(ends);
    expect(receiver.spans.map(({ name }) => name)).toContain('last');
    if (says) expect(service.output()).toMatch(says);
  });
});
