import { expect, test } from 'vitest';
import { startOtlpReceiver } from '../telemetry/test/support/otlp-receiver.ts';
import { startFakeBackend } from './support/fake-backend.ts';
import { freePort } from './support/free-port.ts';
import { startService } from './support/service.ts';
import { until } from './support/until.ts';

const row = '{"id":1,"value":1,"createdAt":"2026-01-01T00:00:00.000Z","traceId":null}';
const json = { 'content-type': 'application/json' };

test('the periodic writes never overlap', async () => {
  let inFlight = 0;
  let most = 0;
  let count = 0;
  const fake = await startFakeBackend((_request, response) => {
    most = Math.max(most, ++inFlight);
    count += 1;
    setTimeout(() => {
      inFlight -= 1;
      response.writeHead(201, json).end(row);
    }, 60);
  });
  const env = { BACKEND_PORT: fake.port, EMIT_INTERVAL_MS: '1', OTEL_SDK_DISABLED: 'true' };
  const frontend = await startService('frontend', { env, isReady: false });
  await until('ten writes', () => count >= 10);
  expect(most).toBe(1);
  await frontend.stop();
  fake.stop();
});

test('EMIT_INTERVAL_MS=0 turns periodic writes off', async () => {
  const paths: (string | undefined)[] = [];
  const fake = await startFakeBackend((request, response) => {
    paths.push(request.url);
    response.writeHead(201, json).end(row);
  });
  const env = { BACKEND_PORT: fake.port, EMIT_INTERVAL_MS: '0', OTEL_SDK_DISABLED: 'true' };
  const frontend = await startService('frontend', { env });
  await frontend.stop();
  expect(paths).toEqual(['/readyz']);
  fake.stop();
});

test('an unreachable backend is logged once, its spans are marked as failed, and the writes recover by themselves', async () => {
  const port = await freePort();
  const receiver = await startOtlpReceiver();
  const frontend = await startService('frontend', {
    env: {
      BACKEND_PORT: String(port),
      EMIT_INTERVAL_MS: '20',
      BACKEND_TIMEOUT_MS: '300', // ends each write before its second retry
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint,
      OTEL_BSP_SCHEDULE_DELAY: '20',
    },
    isReady: false,
  });
  const isFailed = ({ name, status }: { name: string; status: string }) => name === 'emit number' && status === 'ERROR';
  await until('three failures', () => receiver.spans.filter(isFailed).length >= 3);
  await until('the message', () => frontend.output().includes('write failed'));
  expect(frontend.output().match(/write failed/g)).toHaveLength(1);

  const fake = await startFakeBackend((_request, response) => response.writeHead(201, json).end(row), port);
  await until('the recovery', () => /the backend has recovered/.test(frontend.output()));
  await frontend.stop();
  await receiver.stop();
  fake.stop();
});
