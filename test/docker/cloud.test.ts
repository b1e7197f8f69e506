// docker-compose.cloud.yml, against an OTLP backend that speaks TLS alone and refuses whoever has no token.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generate } from 'selfsigned';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type OtlpReceiver, startOtlpReceiver } from '../../telemetry/test/support/otlp-receiver.ts';
import { freePort } from '../support/free-port.ts';
import { until } from '../support/until.ts';
import { compose } from './stack.ts';

const name = 'backend.test'; // the machine, as the container sees it
const directory = mkdtempSync(join(tmpdir(), 'cloud-'));
const traceId = '5b8efff798038103d269b633813fc60c';
let pems: { cert: string; private: string };
let receiver: OtlpReceiver;

beforeAll(async () => {
  pems = await generate([{ name: 'commonName', value: name }], {
    extensions: [{ name: 'subjectAltName', altNames: [{ type: 2, value: name }] }],
  });
  writeFileSync(join(directory, 'ca.pem'), pems.cert, { mode: 0o644 });
  const collector = {
    extra_hosts: [`${name}:host-gateway`],
    volumes: [`${directory}/ca.pem:/ca.pem:ro`],
    environment: { SSL_CERT_FILE: '/ca.pem' },
  };
  writeFileSync(join(directory, 'trust.json'), JSON.stringify({ services: { collector } }));
  process.env.OTLP_GRPC_PORT = String(await freePort());
  process.env.OTLP_HTTP_PORT = String(await freePort());
});

afterEach(async () => {
  cloud('down', '--volumes', '--timeout', '2');
  await receiver.stop();
});

afterAll(() => rmSync(directory, { recursive: true }));

describe.each([
  { protocol: 'http', receives: 'http/protobuf' },
  { protocol: 'grpc', receives: 'grpc' },
] as const)('over $protocol', ({ protocol, receives }) => {
  test('traces and logs arrive with the token', async () => {
    await startCollector(protocol, receives, 'Bearer right');
    await until(
      'the span and the log record',
      () => receiver.spansOf(traceId).length === 1 && receiver.logsOf(traceId).length === 1,
    );
  });

  test('with a wrong token nothing arrives, and the Collector says why', async () => {
    await startCollector(protocol, receives, 'Bearer wrong');
    await until('the refusal in its log', () => /Unauthenticated|401/.test(cloud('logs', 'collector')));
    expect(receiver.spans).toEqual([]);
  });
});

test.each(['OTLP_ENDPOINT', 'OTLP_AUTHORIZATION'])('without %s it does not start, and says so in a sentence', (missing) => {
  const env = { OTLP_ENDPOINT: 'https://otlp.example.com', OTLP_AUTHORIZATION: 'Bearer token', [missing]: '' };
  Object.assign(process.env, env);
  expect(() => cloud('up', 'collector')).toThrow(new RegExp(`${missing} is missing a value: set it to the a`));
  Object.assign(process.env, { OTLP_ENDPOINT: 'https://otlp.example.com', OTLP_AUTHORIZATION: 'Bearer token' });
});

async function startCollector(
  protocol: 'http' | 'grpc',
  receives: 'http/protobuf' | 'grpc',
  authorization: string,
): Promise<void> {
  const tls = { cert: pems.cert, key: pems.private };
  receiver = await startOtlpReceiver({
    host: '0.0.0.0',
    protocol: receives,
    tls,
    requiredHeaders: { authorization: 'Bearer right' },
  });
  Object.assign(process.env, {
    OTLP_ENDPOINT: `https://${name}:${receiver.port}`,
    OTLP_AUTHORIZATION: authorization,
    OTLP_PROTOCOL: protocol,
  });
  cloud('up', '--detach', 'collector-queue');
  cloud('up', '--detach', '--no-deps', 'collector');
  const resource = { attributes: [{ key: 'service.name', value: { stringValue: 'trial' } }] };
  const span = { traceId, spanId: 'eee19b7ec3c1b174', name: 'trial', kind: 1, startTimeUnixNano: '1', endTimeUnixNano: '2' };
  const logRecord = { traceId, timeUnixNano: '1', body: { stringValue: 'trial' } };
  await send('traces', { resourceSpans: [{ resource, scopeSpans: [{ spans: [span] }] }] });
  await send('logs', { resourceLogs: [{ resource, scopeLogs: [{ logRecords: [logRecord] }] }] });
}

async function send(signal: string, body: object): Promise<void> {
  const url = `http://localhost:${process.env.OTLP_HTTP_PORT}/v1/${signal}`;
  const headers = { 'content-type': 'application/json' };
  await until(
    `the Collector takes ${signal}`,
    async () => (await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) })).ok,
  );
}

/** Beside the stack, as a project of its own. */
function cloud(...args: string[]): string {
  const files = ['docker-compose.yml', 'docker-compose.cloud.yml', join(directory, 'trust.json')];
  return compose('--project-name', 'cloud-trial', ...files.flatMap((file) => ['--file', file]), ...args);
}
