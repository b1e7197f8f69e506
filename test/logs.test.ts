import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startOtlpReceiver } from '../telemetry/test/support/otlp-receiver.ts';
import { distinct } from './support/distinct.ts';
import { startFakeBackend } from './support/fake-backend.ts';
import { run, startService } from './support/service.ts';
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
  const next = await write(); // a second record would arrive before those of the next write
  await until('the records of the next write', () => stack.receiver.logsOf(next.traceId).length >= 2);
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

test('the same line is on stdout, as JSON if that is not a terminal, with the same trace id', async () => {
  const { traceId } = await write();
  for (const service of [stack.frontend, stack.backend]) {
    const lines = await until('the line', () => {
      const found = service
        .output()
        .split('\n')
        .slice(0, -1) // the last line may be incomplete
        .filter((line) => line.includes(traceId));
      return found.length > 0 ? found : undefined;
    });
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0] as string)).toMatchObject({ trace_id: traceId, span_id: expect.any(String), statusCode: 201 });
  }
});

test('health checks are not logged', async () => {
  await fetch(`${stack.frontend.url}/readyz`);
  const { traceId } = await write();
  await until('a later line', () => stack.frontend.output().includes(traceId));
  expect(stack.frontend.output() + stack.backend.output()).not.toMatch(/readyz|healthz/);
});

test('the reason of a failed request is in one log line, and only there', async () => {
  const fake = await startFakeBackend((_request, response) => response.writeHead(500).end('{"message":"the inner secret"}'));
  const frontend = await startService('frontend', { env: { ...stack.env, BACKEND_PORT: fake.port }, isReady: false });
  const answer = await (await fetch(`${frontend.url}/write`, { method: 'POST' })).json();
  expect(answer.message).not.toMatch(/secret/);
  const record = await until('the record', () => stack.receiver.logsOf(answer.traceId)[0]);
  expect(record).toMatchObject({
    severity: 'error',
    body: expect.stringMatching(/POST \/write 502 .*: the backend responded with status 500/),
    attributes: {
      'exception.type': 'ServiceError',
      'exception.message': expect.stringMatching(/^the backend responded with status 500/),
      'exception.stacktrace': expect.stringMatching(/\n\s+at /),
    },
  });
  expect(stack.receiver.logsOf(answer.traceId)).toHaveLength(1);
  await frontend.stop();
  fake.stop();
});

test("a logger of the service's own keeps its ways", async () => {
  const receiver = await startOtlpReceiver();
  const script = `
    import { pino } from 'pino';
    import { trace } from '@opentelemetry/api';
    const logger = pino({
      messageKey: 'message', redact: ['card'], mixin: () => ({ shop: 7 }), base: null, timestamp: pino.stdTimeFunctions.isoTime,
    });
    trace.getTracer('test').startActiveSpan('a', (span) => {
      logger.child({ part: 'till' }).warn({ card: '4711' }, 'paid');
      span.end();
    });
    logger.info('outside');`;
  const args = ['--import', './telemetry/src/register.ts', '--input-type=module', '--eval', script];
  const service = run(args, { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint });
  expect(await service.ended).toEqual({ code: 0, signal: null });
  const [span] = receiver.spans;
  const [within, outside] = service
    .output()
    .trim()
    .split('\n')
    .map((text) => JSON.parse(text));
  const common = { shop: 7, part: 'till', card: '[Redacted]' };
  expect(within).toEqual({
    ...common,
    level: 40,
    time: expect.stringMatching(/^\d{4}-.*Z$/),
    trace_id: span?.traceId,
    span_id: span?.spanId,
    trace_flags: '01',
    message: 'paid',
  });
  expect(outside).toEqual({ level: 30, time: expect.any(String), shop: 7, message: 'outside' });
  expect(distinct(receiver.logs)).toMatchObject([
    { severity: 'warn', body: 'paid', traceId: span?.traceId, spanId: span?.spanId, attributes: common },
    { severity: 'info', body: 'outside', attributes: { shop: 7 } },
  ]);
  await receiver.stop();
});

const failingStream = `
  import { Readable } from 'node:stream';
  import { buildService } from './service/build.ts';
  const app = await buildService({ name: 'a', description: 'b', config: { LOG_LEVEL: 'info', MAX_IN_FLIGHT: 9 }, checkReady: async () => {} });
  app.get('/stream', () => Readable.from((async function* () { yield 'begun'; throw new Error('disk failed'); })()));
  await fetch((await app.listen()) + '/stream').then((response) => response.text()).catch(() => {});
  await app.close();
`;

test('an error after the headers of a response is logged', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', failingStream]);
  expect(stdout).toContain('disk failed');
});
