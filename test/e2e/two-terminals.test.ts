// The services by themselves: npm run backend and npm run frontend, each in a terminal of its own.
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { isCompleteWrite } from '../../page/complete-trace.ts';
import { startOtlpReceiver } from '../../telemetry/test/support/otlp-receiver.ts';
import { freePort } from '../support/free-port.ts';
import { runCommand } from '../support/service.ts';
import { until } from '../support/until.ts';

const state = mkdtempSync(join(tmpdir(), 'two terminals '));
const env: Record<string, string> = { MODE: 'local', LOCAL_STATE_DIRECTORY: state, EMIT_INTERVAL_MS: '100' };

beforeAll(async () => {
  for (const name of ['UI_PORT', 'FRONTEND_PORT', 'BACKEND_PORT', 'OTLP_GRPC_PORT', 'POSTGRES_PORT'])
    env[name] = String(await freePort());
});

afterAll(async () => {
  await runCommand('make', ['clean'], env).ended;
  rmSync(state, { recursive: true, force: true });
});

async function make(target: string): Promise<{ code: number | null; output: string }> {
  const { ended, output } = runCommand('make', [target], env);
  const { code } = await ended;
  return { code, output: output() };
}

test('npm run backend and npm run frontend produce complete traces, and make up does not claim them as its own', async () => {
  const receiver = await startOtlpReceiver();
  const terminals = ['frontend', 'backend'].map((name) =>
    runCommand('npm', ['run', name], { ...env, OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint }),
  );
  await until('a complete trace', () =>
    receiver.spans.some(({ name, traceId }) => name === 'emit number' && isCompleteWrite(receiver.spansOf(traceId))),
  );
  await until('one message for all writes that failed, and one when they recovered', () => {
    const output = terminals.map((terminal) => terminal.output()).join('');
    const [failed, recovered] = [/write failed/g, /the backend has recovered/g].map((text) => output.match(text)?.length ?? 0);
    return failed === recovered && Number(failed) <= 1;
  });

  const up = await make('up');
  for (const name of ['BACKEND_PORT', 'FRONTEND_PORT'])
    expect(up.output).toMatch(new RegExp(`port ${env[name]} is in use by "node .*" \\(process \\d+\\): .* ${name}=`));
  expect(up.output).not.toContain('first complete trace');
  expect(up.code).not.toBe(0);
  expect(existsSync(join(state, 'backend.json'))).toBe(false);
  const status = await make('status');
  expect(status.output).toMatch(/postgres +running/);
  expect(status.output).toMatch(/backend +stopped .*, which make up did not start/);

  for (const { process: npm, ended } of terminals) {
    process.kill(-(npm.pid as number), 'SIGINT'); // as Ctrl-C does
    await ended;
  }
  await receiver.stop();
});
