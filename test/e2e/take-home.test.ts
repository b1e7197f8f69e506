// The commands of README.md, "Add it to your service", in a fresh application.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { startOtlpReceiver } from '../../telemetry/test/support/otlp-receiver.ts';
import { freePort } from '../support/free-port.ts';
import { root, run } from '../support/service.ts';
import { until } from '../support/until.ts';

const app = mkdtempSync(join(tmpdir(), 'shop-'));

afterAll(() => rmSync(app, { recursive: true }));

function shell(line: string): string {
  return execFileSync('bash', ['-ec', line], {
    cwd: app,
    env: { ...process.env, DEMO: root },
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

test('the package, installed from its tarball into a fresh Fastify application, gives it complete traces', {
  timeout: 120_000,
}, async () => {
  const { dependencies } = JSON.parse(readFileSync(join(root, 'service/package.json'), 'utf8'));
  writeFileSync(
    join(app, 'package.json'),
    JSON.stringify({ name: 'shop', version: '2.3.4', type: 'module', dependencies: { fastify: dependencies.fastify } }),
  );
  writeFileSync(
    join(app, 'main.js'),
    `import Fastify from 'fastify';
     const app = Fastify({ logger: true });
     const port = Number(process.env.PORT);
     app.get('/price/:item', async () => ({ price: 7 }));
     app.get('/order/:item', async (request) => (await fetch(\`http://localhost:\${port}/price/1\`)).json());
     await app.listen({ port });`,
  );
  const section = readFileSync(join(root, 'README.md'), 'utf8').split('## Add it to your service')[1] ?? '';
  const steps = /```bash\n([^`]*)```/.exec(section)?.[1]?.trim().split('\n') ?? [];
  const start = steps.pop() ?? '';
  expect(start).toMatch(/^node /);
  for (const step of steps) shell(step.replace('npm ci && ', '')); // has been run, or this test would not

  const receiver = await startOtlpReceiver();
  const port = await freePort();
  const env = { PORT: String(port), OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint };
  const shop = run(start.split(' ').slice(1), env, app);
  await until('the answer', async () => (await fetch(`http://localhost:${port}/order/1`)).ok);
  await shop.stop();
  await receiver.stop();

  const spans = receiver.spans.filter(({ traceId }) => traceId === receiver.spans[0]?.traceId);
  expect(spans.map(({ name, kind, service }) => `${service} ${kind} ${name}`).sort()).toEqual([
    'shop CLIENT GET',
    'shop SERVER GET /order/:item',
    'shop SERVER GET /price/:item',
  ]);
  expect(new Set(receiver.logsOf(spans[0]?.traceId ?? '').map(({ service }) => service))).toEqual(new Set(['shop']));
  expect(spans[0]?.resource['service.version']).toBe('2.3.4');

  const installed = shell('npm ls --all --parseable')
    .split('\n')
    .filter((path) => path.includes('/@opentelemetry/'));
  const names = installed.map((path) => path.replace(/^.*node_modules\//, ''));
  expect(names.filter((name, place) => names.indexOf(name) !== place)).toEqual([]);
});
