// The code in docs/migrate.md works as described there.
import { readFileSync } from 'node:fs';
import { expect, onTestFinished, test } from 'vitest';
import { until } from '../../../test/support/until.ts';
import { startOtlpReceiver } from '../support/otlp-receiver.ts';
import { runApplication, withoutLateResponses } from '../support/run-application.ts';

const page = readFileSync(new URL('../../../docs/migrate.md', import.meta.url), 'utf8');
const blocks = [...page.matchAll(/<!-- a test runs this -->\n```(\w+)\n([\s\S]*?)```/g)].map(([, , code]) => code as string);
const [options = '', settings = '', ownSdk = ''] = blocks.map((code) =>
  code.replace("'fastify-otlp'", `'${new URL('../../src/index.ts', import.meta.url).href}'`),
);

const requests = `
  const { default: fastify } = await import('fastify');
  const app = fastify();
  app.get('/healthz', async () => 'up');
  app.get('/users/:id', async () => 'user');
  for (const path of ['/healthz', '/users/7']) await app.inject({ path, headers: { 'x-tenant': 'shop' } });
`;

test('the options that replace those of @fastify/otel work as documented', async () => {
  const receiver = await startOtlpReceiver();
  onTestFinished(() => receiver.stop());
  await run(options + requests, { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint });
  await until('a span', () => receiver.spans.length > 0);
  expect(receiver.spans.map(({ name, attributes }) => [name, attributes['app.tenant']])).toEqual([['GET /users/:id', 'shop']]);
});

test('the settings that restore the defaults of auto-instrumentations-node work as documented', async () => {
  const receiver = await startOtlpReceiver({ protocol: 'http/protobuf' });
  onTestFinished(() => receiver.stop());
  const env = Object.fromEntries([...settings.matchAll(/^export (\w+)=(\S+)/gm)].map(([, name, value]) => [name, value]));
  expect(Object.keys(env)).toHaveLength(3);
  const index = new URL('../../src/index.ts', import.meta.url).href;
  const start = `const { start } = await import('${index}'); await start();`;
  await run(start + requests, { ...env, OTEL_METRICS_EXPORTER: 'none', OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint });
  await until('the spans', () => receiver.spans.length === 2);
  expect(receiver.spans.map(({ name }) => name)).toContain('GET /users/:id');
  expect(receiver.spans[0]?.resource).toHaveProperty(['process.pid']);
});

test('the instrumentations work in the NodeSDK of an application', async () => {
  const receiver = await startOtlpReceiver({ protocol: 'http/protobuf' });
  onTestFinished(() => receiver.stop());
  const shutdown = ownSdk.replace('new NodeSDK', 'const sdk = new NodeSDK').replace('}).start()', '}); sdk.start()');
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint, OTEL_METRICS_EXPORTER: 'none' };
  await run(`${shutdown}${requests} await sdk.shutdown();`, env);
  expect(receiver.spans.map(({ name }) => name).sort()).toEqual(['GET /healthz', 'GET /users/:id']);
});

async function run(source: string, env: Record<string, string | undefined>): Promise<void> {
  const { code, stderr } = await runApplication(source, { isTraced: false, env: env as Record<string, string> }).finished;
  expect({ code, stderr: withoutLateResponses(stderr) }).toEqual({ code: 0, stderr: '' });
}
