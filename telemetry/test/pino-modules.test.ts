// Log lines carry ids regardless of how and in which order an application loads pino.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { run } from '../../test/support/service.ts';
import { until } from '../../test/support/until.ts';
import { type OtlpReceiver, startOtlpReceiver } from './support/otlp-receiver.ts';

const inSpan = `
  const { trace } = await import('@opentelemetry/api');
  trace.getTracer('test').startActiveSpan('span', () => log());`;

const scripts: Record<string, [type: 'module' | 'commonjs', script: string]> = {
  'the default export': ['module', `import pino from 'pino'; const log = () => pino().info('text'); ${inSpan}`],
  'the named export': ['module', `import { pino } from 'pino'; const log = () => pino().info('text'); ${inSpan}`],
  'the namespace': ['module', `import * as all from 'pino'; const log = () => all.default().child({}).info('text'); ${inSpan}`],
  'a dynamic import': ['module', `const { pino } = await import('pino'); const log = () => pino().info('text'); ${inSpan}`],
  'import and require': [
    'module',
    `import pino from 'pino'; import { createRequire } from 'node:module';
     const required = createRequire(import.meta.url)('pino'); if (required !== pino) throw new Error('two');
     const log = () => required().info('text'); ${inSpan}`,
  ],
  require: [
    'commonjs',
    `const pino = require('pino'); const { trace } = require('@opentelemetry/api');
     const logger = pino(); trace.getTracer('test').startActiveSpan('span', () => logger.info('text'));`,
  ],
  "require of a package's file": [
    'commonjs',
    `const { pino } = require('pino/pino.js'); require('pino'); const { trace } = require('@opentelemetry/api');
     const logger = pino(); trace.getTracer('test').startActiveSpan('span', () => logger.info('text'));`,
  ],
};

let receiver: OtlpReceiver;
beforeAll(async () => {
  receiver = await startOtlpReceiver();
});
afterAll(() => receiver.stop());

test.each(Object.entries(scripts))('lines carry trace ids when pino is loaded through %s', async (_, [type, script]) => {
  const args = ['--import', './telemetry/src/register.ts', `--input-type=${type}`, '--eval', script];
  const application = run(args, { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint });
  expect(await application.ended).toEqual({ code: 0, signal: null });
  const line = JSON.parse(application.output().split('\n', 1)[0] as string); // one more tells that a response came late
  expect(line).toMatchObject({ msg: 'text', trace_id: expect.stringMatching(/^[0-9a-f]{32}$/) });
  await until('the record', () => receiver.logsOf(line.trace_id).length > 0);
  expect(receiver.logsOf(line.trace_id)).toMatchObject([{ body: 'text', spanId: line.span_id, attributes: {} }]);
});
