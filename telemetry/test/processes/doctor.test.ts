// The command `fastify-otlp doctor`: it reports no problem for a traced service, and names the problem of any other.
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { compileCache } from '../../../test/support/service.ts';
import { type OtlpReceiver, startOtlpReceiver } from '../support/otlp-receiver.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const main = join(root, 'telemetry/src/dev/main.ts');
const register = join(root, 'telemetry/src/register.ts');
const folder = mkdtempSync(join(tmpdir(), 'doctor '));
let receiver: OtlpReceiver;

beforeAll(async () => {
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(join(root, 'node_modules/fastify'), join(folder, 'node_modules/fastify'));
  const listen = "const app = Fastify(); await app.listen({ port: 0, host: '127.0.0.1' });";
  writeFileSync(join(folder, 'app.mjs'), `import Fastify from 'fastify'; ${listen}`);
  writeFileSync(join(folder, 'late.mjs'), `import Fastify from 'fastify'; await import(${JSON.stringify(register)}); ${listen}`);
  writeFileSync(join(folder, 'fails.mjs'), "console.error('no such database'); process.exit(3);");
  receiver = await startOtlpReceiver();
});

afterAll(async () => {
  await receiver.stop();
  rmSync(folder, { recursive: true });
});

async function doctor(command: string[], env: Record<string, string> = {}): Promise<{ code: number; output: string }> {
  const { PATH, HOME } = process.env;
  const child = spawn(process.execPath, [main, 'doctor', '--', ...command], {
    cwd: folder,
    env: { PATH, HOME, ...compileCache, OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint, ...env },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
  const code = await new Promise<number>((resolve) => child.once('close', resolve));
  return { code, output };
}

const started = [process.execPath, '--import', register, 'app.mjs'];

test('the doctor reports no problem for a traced service, and its receiver gets a span', async () => {
  const { code, output } = await doctor(started);
  expect(output).not.toContain('BROKEN');
  expect(output).toMatch(/ok {6}instrumented: .*fastify \d/);
  const [, traceId = ''] = /a span is delivered to \S+: trace (\w{32})/.exec(output) ?? [];
  expect(receiver.spansOf(traceId)).toMatchObject([{ name: 'doctor', service: 'fastify-otlp doctor' }]);
  expect(code).toBe(0);
});

test('the doctor names the default endpoint of OTLP/HTTP', async () => {
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: '', OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf' };
  const { output } = await doctor(started, env);
  expect(output).toMatch(/ {2}a span is delivered to http:\/\/localhost:4318\b/); // whether or not a receiver listens there
});

test.each([
  {
    what: 'that is started without the package',
    command: [process.execPath, 'app.mjs'],
    env: {},
    check: 'OpenTelemetry is started in it',
    why: /--import/,
  },
  {
    what: 'that starts telemetry after loading the packages',
    command: [process.execPath, 'late.mjs'],
    env: {},
    check: 'before the packages',
    why: /fastify.* had been loaded before/,
  },
  {
    what: 'with the SDK disabled',
    command: started,
    env: { OTEL_SDK_DISABLED: 'true' },
    check: 'OpenTelemetry is started in it',
    why: /unset OTEL_SDK_DISABLED/,
  },
  {
    what: 'with the traces exporter set to none',
    command: started,
    env: { OTEL_TRACES_EXPORTER: 'none' },
    check: 'OpenTelemetry is started in it',
    why: /unset OTEL_TRACES_EXPORTER/,
  },
  {
    what: 'whose receiver is unreachable',
    command: started,
    env: { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' },
    check: 'a span is delivered to http://127.0.0.1:9',
    why: /start the receiver/,
  },
])('the doctor reports the one problem of a service $what', async ({ command, env, check, why }) => {
  const { code, output } = await doctor(command, { ...env } as Record<string, string>);
  expect(output).toContain(`BROKEN  ${check}`);
  expect(output).toMatch(why);
  expect(output.match(/BROKEN/g)).toHaveLength(1);
  expect(code).toBe(1);
});

test('the doctor prints the last output of a service that exits before it listens', async () => {
  const { code, output } = await doctor([process.execPath, 'fails.mjs']);
  expect(output).toMatch(/the service ended before it listened.*\nno such database/);
  expect(output).not.toMatch(/\n\s+at /);
  expect(code).toBe(1);
});
