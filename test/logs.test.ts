import { afterAll, beforeAll, expect, test } from 'vitest';
import { startFakeBackend } from './support/fake-backend.ts';
import { startService } from './support/service.ts';
import { type Stack, startStack } from './support/stack.ts';
import { until } from './support/until.ts';

let stack: Stack;

beforeAll(async () => {
  stack = await startStack();
});

afterAll(() => stack.stop());

async function write(): Promise<{ id: number; traceId: string }> {
  return (await fetch(`${stack.frontend.url}/write`, { method: 'POST' })).json();
}

test('a write is one log record of each service, over OTLP, with the ids of its server span', async () => {
  const { traceId } = await write();
  await until('the records', () => stack.receiver.logsOf(traceId).length >= 2);
  await until('the spans', () => stack.receiver.spansOf(traceId).length >= 4);
  await write(); // had there been a second record, it would have come before those of the next write
  const records = stack.receiver.logsOf(traceId).sort((a, b) => a.service.localeCompare(b.service));
  const servers = stack.receiver.spansOf(traceId).filter(({ kind }) => kind === 'SERVER');
  expect(records).toMatchObject([
    {
      service: 'backend',
      severity: 'info',
      body: expect.stringMatching(/^POST \/numbers 201 in [\d.]+ ms$/),
      attributes: { method: 'POST', route: '/numbers', statusCode: 201, durationMs: expect.any(Number) },
    },
    { service: 'frontend', attributes: { method: 'POST', route: '/write', statusCode: 201, durationMs: expect.any(Number) } },
  ]);
  for (const record of records) expect(record.spanId).toBe(servers.find(({ service }) => service === record.service)?.spanId);
});

test('the same line is on stdout, as JSON where that is no terminal, with the same trace id', async () => {
  const { traceId } = await write();
  for (const service of [stack.frontend, stack.backend]) {
    const lines = await until('the line', () => {
      const found = service
        .output()
        .split('\n')
        .filter((line) => line.includes(traceId));
      return found.length > 0 ? found : undefined;
    });
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0] as string)).toMatchObject({ trace_id: traceId, span_id: expect.any(String), statusCode: 201 });
  }
});

test('health checks leave no line', async () => {
  await fetch(`${stack.frontend.url}/readyz`);
  const { traceId } = await write();
  await until('a later line', () => stack.frontend.output().includes(traceId));
  expect(stack.frontend.output() + stack.backend.output()).not.toMatch(/readyz|healthz/);
});

test('a failed request says why, in one line, to the log alone', async () => {
  const fake = await startFakeBackend((_request, response) => response.writeHead(500).end('{"message":"the inner secret"}'));
  const frontend = await startService('frontend', { env: { ...stack.env, BACKEND_PORT: fake.port }, isReady: false });
  const answer = await (await fetch(`${frontend.url}/write`, { method: 'POST' })).json();
  expect(answer.message).not.toMatch(/secret/);
  const record = await until('the record', () => stack.receiver.logsOf(answer.traceId)[0]);
  expect(record).toMatchObject({
    severity: 'error',
    body: expect.stringMatching(/POST \/write 502 .*: the backend answered with 500/),
    attributes: {
      'exception.type': 'ServiceError',
      'exception.message': expect.stringMatching(/^the backend answered with 500/),
      'exception.stacktrace': expect.stringMatching(/\n\s+at /),
    },
  });
  expect(stack.receiver.logsOf(answer.traceId)).toHaveLength(1);
  await frontend.stop();
  fake.stop();
});
