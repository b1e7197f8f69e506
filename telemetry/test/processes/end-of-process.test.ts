import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { createServer as createHttp2Server, type ServerHttp2Stream } from 'node:http2';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generate } from 'selfsigned';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { until } from '../../../test/support/until.ts';
import { type OtlpReceiver, startOtlpReceiver } from '../support/otlp-receiver.ts';
import { type Finished, runApplication, withoutLateResponses } from '../support/run-application.ts';

const application = `
  import { trace } from '@opentelemetry/api';
  import Fastify from 'fastify';
  const how = process.env.HOW;
  const app = Fastify();
  app.get('/', async () => 'ok');
  await app.listen({ port: 0 });
  await app.inject('/');
  const keepAlive = setInterval(() => {}, 1_000);
  process.on('exit', (code) => console.log('exit event', code));
  trace.getTracer('test').startSpan('last').end();
  if (how === 'finish') { await app.close(); clearInterval(keepAlive); }
  if (how === 'throw') setTimeout(() => { throw new TypeError('thrown in a timer'); });
  if (how === 'reject') void Promise.reject(new TypeError('rejected'));
  if (how === 'exit') process.exit(3);
  if (how === 'exitInExit') { process.on('exit', () => process.exit(6)); process.exit(3); }
  if (how === 'throwInListener') { process.on('uncaughtException', () => { throw new TypeError('in a listener'); }); setTimeout(() => { throw new Error('first'); }); }
  if (how === 'exitCode') { process.exitCode = 4; await app.close(); process.exit(); }
  if (how === 'kill') { await app.close(); clearInterval(keepAlive); process.kill(process.pid, 'SIGTERM'); }
  if (how === 'listener') process.on('SIGTERM', () => process.exit(7));
  if (how === 'removed') { const listener = () => {}; process.on('SIGTERM', listener); process.off('SIGTERM', listener); }
  if (how === 'once') process.once('SIGTERM', () => { console.log('stopping'); setTimeout(() => process.exit(5), 50); });
  if (how === 'off') { const listener = () => { process.off('SIGTERM', listener); setTimeout(() => process.exit(5), 50); }; process.on('SIGTERM', listener); }
  if (how === 'late') process.once('SIGTERM', () => { trace.getTracer('test').startSpan('late').end(); setTimeout(() => process.kill(process.pid, 'SIGKILL'), 500); });
  if (how === 'ignored') process.on('SIGTERM', () => console.log('ignored'));
  if (how === 'count') { console.log('listeners', process.listenerCount('SIGTERM'), process.listenerCount('SIGINT'), process.listenerCount('uncaughtException'), process.listenerCount('beforeExit'), process.listenerCount('exit') - 1); process.exit(); }
  console.log('ready'); // last: a signal may come from now on
`;

/** No export is scheduled before the process exits. */
const lateExport = { OTEL_BSP_SCHEDULE_DELAY: '600000', OTEL_BLRP_SCHEDULE_DELAY: '600000' };

let receiver: OtlpReceiver;

beforeAll(async () => {
  receiver = await startOtlpReceiver();
});
beforeEach(() => {
  receiver.spans.length = 0;
});
afterAll(() => receiver.stop());

async function end(how: string, signal?: NodeJS.Signals, env: Record<string, string> = {}, isTraced = true): Promise<Finished> {
  const running = runApplication(application, {
    isTraced,
    env: { HOW: how, OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint, ...lateExport, ...env },
  });
  if (signal) {
    await until('it is ready', () => running.output().includes('ready'));
    running.process.kill(signal);
  }
  return running.finished;
}

describe.each([
  ['nothing left to do', 'finish', undefined],
  ['an uncaught exception', 'throw', undefined],
  ['an unhandled rejection', 'reject', undefined],
  ['process.exit()', 'exit', undefined],
  ['process.exit() after app.close()', 'exitCode', undefined],
  ["process.exit() in a listener for 'exit'", 'exitInExit', undefined],
  ['a listener for uncaught exceptions that throws', 'throwInListener', undefined],
  ['a signal that it sends to itself when it is idle', 'kill', undefined],
  ['SIGTERM', 'nothing', 'SIGTERM'],
  ['SIGINT', 'nothing', 'SIGINT'],
  ['SIGTERM after a listener was removed', 'removed', 'SIGTERM'],
  ['SIGTERM with a listener of the application', 'listener', 'SIGTERM'],
] as const)('a process that ends with %s', (_what, how, signal) => {
  test('delivers its last span and ends as it does without telemetry', async () => {
    const patient = { OTEL_BSP_EXPORT_TIMEOUT: '60000' }; // after a signal
    const [traced, bare] = await Promise.all([end(how, signal, patient), end(how, signal, {}, false)]);
    const printed = signal ? traced.stderr : withoutLateResponses(traced.stderr);
    const stderr = printed.replace(/^.*telemetry\/src\/end-of-process.*\n/gm, ''); // process.emit in the stack of a listener's error
    expect({ ...traced, stderr }).toEqual(bare);
    await until('both spans', () => receiver.spans.length === 2);
    expect(receiver.spans.map(({ name }) => name).sort()).toEqual(['GET /', 'last']);
  });
});

describe.each([
  ['refuses connections', { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1' }],
  ['never responds', {}],
])('a receiver that %s', (_what, env) => {
  let silent: Server;

  beforeAll(async () => {
    silent = createServer(() => {}).listen(0, '127.0.0.1');
    await until('it listens', () => silent.listening);
  });
  afterAll(() => silent.close());

  test.each([
    ['throw', undefined],
    ['nothing', 'SIGTERM'],
  ] as const)('does not change how the process ends: %s %s', async (how, signal) => {
    const endpoint = {
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${(silent.address() as AddressInfo).port}`,
      OTEL_BSP_EXPORT_TIMEOUT: '1000',
      ...env,
    };
    const [traced, bare] = await Promise.all([end(how, signal, endpoint), end(how, signal, endpoint, false)]);
    expect({ ...traced, stderr: traced.stderr.replace(/^telemetry: .*\n/gm, '') }).toEqual(bare);
    expect(traced.stderr).toMatch(
      /telemetry: 2 spans (were not|may not have been) delivered to http:\S+ before the process ended\n/,
    );
  });
});

describe.each(['grpc', 'http/protobuf'] as const)('a receiver that is unavailable for a moment, over %s', (protocol) => {
  const patient = { OTEL_BSP_EXPORT_TIMEOUT: '60000', OTEL_EXPORTER_OTLP_PROTOCOL: protocol };
  let restarting: OtlpReceiver;

  beforeAll(async () => {
    restarting = await startOtlpReceiver({ protocol });
  });
  afterAll(() => restarting.stop());

  test('receives the last span', async () => {
    restarting.unavailable = 2;
    const { signal } = await end('nothing', 'SIGTERM', { ...patient, OTEL_EXPORTER_OTLP_ENDPOINT: restarting.endpoint });
    expect({ signal, unavailable: restarting.unavailable }).toEqual({ signal: 'SIGTERM', unavailable: 0 });
    expect(restarting.spans.map(({ name }) => name).sort()).toEqual(['GET /', 'last']);
  });

  test('receives the last span if it was unavailable before the signal', async () => {
    restarting.spans.length = 0;
    restarting.unavailable = 1_000;
    const env = { ...patient, OTEL_BSP_SCHEDULE_DELAY: '0', HOW: 'nothing', OTEL_EXPORTER_OTLP_ENDPOINT: restarting.endpoint };
    const running = runApplication(application, { env });
    await until(
      'it is ready and has failed to export',
      () => /ready/.test(running.output()) && /cannot reach/.test(running.output()),
    );
    running.process.kill('SIGTERM');
    const { unavailable } = restarting;
    await until('attempts after the signal', () => restarting.unavailable <= unavailable - 2);
    restarting.unavailable = 0;
    expect((await running.finished).signal).toBe('SIGTERM');
    expect(restarting.spans.map(({ name }) => name)).toContain('last');
  });
});

describe('an HTTP/2 server that responds', () => {
  let requests = 0;
  let respond: (stream: ServerHttp2Stream) => void;
  const server = createHttp2Server().on('stream', (stream) => {
    requests += 1;
    stream.on('error', () => {});
    stream.resume();
    stream.on('end', () => respond(stream as ServerHttp2Stream));
  });

  beforeAll(async () => {
    server.listen(0, '127.0.0.1');
    await until('it listens', () => server.listening);
  });
  beforeEach(() => {
    requests = 0;
  });
  afterAll(() => void server.close());

  const endIt = () =>
    end('nothing', 'SIGTERM', {
      OTEL_BSP_EXPORT_TIMEOUT: '60000',
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    });

  test('503, as a proxy does, receives the last span when it accepts it', async () => {
    respond = (stream) => {
      if (requests <= 2) return stream.respond({ ':status': 503 }, { endStream: true });
      stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
      stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
      stream.end();
    };
    expect(await endIt()).toMatchObject({ signal: 'SIGTERM', stderr: '' });
    expect(requests).toBe(3);
  });

  test.each([
    ['that the batch is too large', { 'grpc-status': '8', 'grpc-message': 'received%20message%20larger%20than%20max' }],
    ['that a token is missing', { 'grpc-status': '16' }],
  ])('%s gets it once', async (_what, trailers) => {
    respond = (stream) =>
      stream.respond({ ':status': 200, 'content-type': 'application/grpc', ...trailers }, { endStream: true });
    expect((await endIt()).stderr).toMatch(/^telemetry: 2 spans may not have been delivered to .*\n$/);
    expect(requests).toBe(1);
  });
});

test('a receiver that responds before it has read the batch does not end a process that survives its signal', async () => {
  const early = createHttpServer((_request, response) => response.writeHead(503).end(() => response.destroy()));
  early.listen(0, '127.0.0.1');
  await until('it listens', () => early.listening);
  const url = `http://127.0.0.1:${(early.address() as AddressInfo).port}/v1/traces`;
  const flush = new URL('../../src/exit-flush.ts', import.meta.url).href;
  const source = `
    import { sendBeforeExit } from '${flush}';
    const transport = { protocol: 'http/protobuf', url: '${url}', headers: {}, compression: 'none' };
    console.log(sendBeforeExit([{ transport, grpcPath: '', body: new Uint8Array(8_000_000) }], 1_000));
    setTimeout(() => console.log('it runs'), 1_000);
  `;
  const { code, stdout, stderr } = await runApplication(source, { isTraced: false }).finished;
  early.close();
  expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: '[ false ]\nit runs\n', stderr: '' });
});

test('the last span is delivered over HTTP with compression and headers', async () => {
  const http = await startOtlpReceiver({ protocol: 'http/protobuf', requiredHeaders: { 'x-token': 'a b' } });
  const { code } = await end('exit', undefined, {
    OTEL_EXPORTER_OTLP_ENDPOINT: http.endpoint,
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf',
    OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip',
    OTEL_EXPORTER_OTLP_HEADERS: 'x-token=a%20b',
  });
  expect(code).toBe(3);
  await until('both spans', () => http.spans.length === 2);
  expect(http.spans.map(({ name }) => name).sort()).toEqual(['GET /', 'last']);
  await http.stop();
});

describe('a receiver that requires a client certificate', () => {
  const folder = mkdtempSync(join(tmpdir(), 'exit-tls-'));
  const certificate = join(folder, 'certificate.pem');
  const key = join(folder, 'key.pem');
  afterAll(() => rmSync(folder, { recursive: true }));

  test.each(['grpc', 'http/protobuf'] as const)('receives the last span over %s', async (protocol) => {
    const options = { extensions: [{ name: 'subjectAltName' as const, altNames: [{ type: 2 as const, value: 'localhost' }] }] };
    const own = await generate([{ name: 'commonName', value: 'localhost' }], options);
    writeFileSync(certificate, own.cert);
    writeFileSync(key, own.private);
    const secure = await startOtlpReceiver({ protocol, tls: { cert: own.cert, key: own.private, ca: own.cert } });
    const { code, stderr } = await end('exit', undefined, {
      OTEL_EXPORTER_OTLP_ENDPOINT: secure.endpoint,
      OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
      OTEL_EXPORTER_OTLP_CERTIFICATE: certificate,
      OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE: certificate,
      OTEL_EXPORTER_OTLP_CLIENT_KEY: key,
    });
    expect({ code, stderr }).toEqual({ code: 3, stderr: '' });
    await until('both spans', () => secure.spans.length === 2);
    await secure.stop();
  });
});

test.each(['once', 'off'])(
  'a listener that removes itself handles the signal, regardless of the order of signal handles: %s',
  async (how) => {
    const ends = await Promise.all(Array.from({ length: 6 }, () => end(how, 'SIGTERM')));
    for (const { code, signal } of ends) expect({ code, signal }).toEqual({ code: 5, signal: null });
  },
);

test('a signal that the application handles does not end the process', async () => {
  const running = runApplication(application, {
    env: { HOW: 'ignored', OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint, ...lateExport },
  });
  await until('it is ready', () => running.output().includes('ready'));
  running.process.kill('SIGTERM');
  await until('its listener ran', () => running.output().includes('ignored'));
  running.process.kill('SIGTERM');
  await until('its listener ran again', () => running.output().split('ignored').length === 3);
  running.process.kill('SIGKILL');
  expect(await running.finished).toMatchObject({ code: null, signal: 'SIGKILL' });
});

test('a signal immediately ends a process that recorded nothing, even if its event loop is blocked', async () => {
  const running = runApplication('process._rawDebug("blocked"); for (;;);', { isTraced: true, env: {} });
  await until('it is blocked', () => running.output().includes('blocked'));
  running.process.kill('SIGTERM');
  expect(await running.finished).toMatchObject({ signal: 'SIGTERM' });
});

test('no export starts within two seconds after a signal, so that nothing is sent twice if the process exits', async () => {
  await end('late', 'SIGTERM', { OTEL_BSP_SCHEDULE_DELAY: '10' });
  expect(receiver.spans.map(({ name }) => name)).not.toContain('late');
});

test('no listener for signals or errors is added', async () => {
  expect((await end('count')).stdout).toContain('listeners 0 0 0 0 0');
});
