// Where spans and log records are sent by OTEL_*_EXPORTER and OTEL_EXPORTER_OTLP_*, including those sent at process exit.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { type ExportResult, ExportResultCode } from '@opentelemetry/core';
import { OTLPLogExporter as GrpcLogExporter } from '@opentelemetry/exporter-logs-otlp-grpc';
import { OTLPLogExporter as HttpLogExporter } from '@opentelemetry/exporter-logs-otlp-proto';
import { OTLPTraceExporter as GrpcTraceExporter } from '@opentelemetry/exporter-trace-otlp-grpc';
import { OTLPTraceExporter as HttpTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { InMemorySpanExporter, type ReadableSpan, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { generate } from 'selfsigned';
import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { startOtlpReceiver } from './support/otlp-receiver.ts';

const folder = mkdtempSync(join(tmpdir(), 'exporters-'));
const pem = { certificate: join(folder, 'certificate.pem'), key: join(folder, 'key.pem'), text: '' };

beforeAll(async () => {
  const { cert, private: key } = await generate();
  writeFileSync(pem.certificate, cert);
  writeFileSync(pem.key, key);
  pem.text = cert;
  return () => rmSync(folder, { recursive: true });
});
afterEach(() => vi.unstubAllEnvs());

/** Loads the module again, because it reads the environment only once. */
async function withEnvironment(environment: Record<string, string>) {
  vi.resetModules();
  for (const name of Object.keys(process.env)) if (name.startsWith('OTEL_')) vi.stubEnv(name, undefined);
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
  return { ...(await import('../src/exporters.ts')), ...(await import('../src/exit-transport.ts')) };
}

describe('the list of exporters', () => {
  const names = (processors: object[]) =>
    processors.map((processor) => (processor as { _exporter: object })._exporter.constructor.name.replace('Object', 'ours'));

  test.each<[string | undefined, otlp: boolean, spans: string[], records: string[]]>([
    [undefined, true, [], []],
    ['otlp', true, [], []],
    ['otlp,console', true, ['ConsoleSpanExporter'], ['ConsoleLogRecordExporter']],
    ['console', false, ['ConsoleSpanExporter'], ['ConsoleLogRecordExporter']],
    ['none', false, [], []],
    ['printer', true, [], []],
    ['console,printer,', false, ['ConsoleSpanExporter'], ['ConsoleLogRecordExporter']],
  ])('%s', async (list, otlp, spans, records) => {
    const { exportersOf, otherSpanProcessors, otherLogRecordProcessors } = await withEnvironment(
      list ? { OTEL_TRACES_EXPORTER: list, OTEL_LOGS_EXPORTER: list } : {},
    );
    for (const signal of ['TRACES', 'LOGS'] as const) expect(exportersOf(signal).has('otlp')).toBe(otlp);
    expect(names(otherSpanProcessors())).toEqual(spans);
    expect(names(otherLogRecordProcessors())).toEqual(records);
  });

  test('Zipkin gets spans', async () => {
    let received = '';
    const zipkin = createServer(async (request, response) => {
      received = await text(request);
      response.writeHead(202).end();
    });
    await new Promise<void>((resolve) => zipkin.listen(0, '127.0.0.1', resolve));
    const { otherSpanProcessors } = await withEnvironment({
      OTEL_TRACES_EXPORTER: 'zipkin',
      OTEL_EXPORTER_ZIPKIN_ENDPOINT: `http://127.0.0.1:${(zipkin.address() as AddressInfo).port}/api/v2/spans`,
    });
    const provider = new TracerProvider({ spanProcessors: otherSpanProcessors() });
    provider.getTracer('test').startSpan('a span').end();
    await provider.forceFlush();
    expect(JSON.parse(received)).toMatchObject([{ name: 'a span' }]);
    zipkin.close();
  });
});

describe('the transport at process exit uses the settings of the exporter', () => {
  /** Private fields of the SDK. */
  interface Transport {
    _transport?: Transport;
    _parameters: {
      url?: string;
      address?: string;
      headers?: () => Promise<Record<string, string>>;
      metadata?: () => { getMap(): Record<string, string> };
      compression: string;
    };
  }

  /** The settings the exporters themselves resolve. */
  async function resolved(exporter: object) {
    const { _delegate: delegate } = exporter as { _delegate: { _transport: Transport } };
    const { _transport: outer } = delegate;
    const { url, address, headers, metadata, compression } = (outer._transport ?? outer)._parameters;
    const { 'Content-Type': _, ...httpHeaders } = (await headers?.()) ?? {};
    const entries = Object.entries(metadata?.().getMap() ?? httpHeaders);
    const lowerCase = Object.fromEntries(entries.map(([name, value]) => [name.toLowerCase(), value]));
    return { target: url ?? address, headers: lowerCase, compression };
  }

  test.each<Record<string, string>>([
    {},
    { PROTOCOL: 'http/protobuf' },
    { ENDPOINT: 'http://collector:4317', HEADERS: 'Authorization=Bearer%20x,a=1', LOGS_HEADERS: 'a=2,b=3;meta=1' },
    { ENDPOINT: 'https://collector:4317/', COMPRESSION: 'gzip', LOGS_COMPRESSION: 'none' },
    { ENDPOINT: 'https://collector' },
    { ENDPOINT: 'http://general:1', LOGS_ENDPOINT: 'http://own:2' },
    { PROTOCOL: 'http/protobuf', ENDPOINT: 'http://collector:4318/base', LOGS_ENDPOINT: 'http://own:2' },
    { PROTOCOL: 'http/protobuf', ENDPOINT: 'https://collector/base/', TRACES_ENDPOINT: 'https://own/path?key=1', HEADERS: 'a=1' },
    { PROTOCOL: 'grpc', LOGS_PROTOCOL: 'http/protobuf', ENDPOINT: 'http://[::1]:4317' },
  ])('with %j', async (settings) => {
    const environment = Object.fromEntries(
      Object.entries(settings).map(([name, value]) => [`OTEL_EXPORTER_OTLP_${name}`, value]),
    );
    const { exitTransport } = await withEnvironment(environment);
    for (const [signal, Grpc, Http] of [
      ['TRACES', GrpcTraceExporter, HttpTraceExporter],
      ['LOGS', GrpcLogExporter, HttpLogExporter],
    ] as const) {
      const { protocol, url, tls, ...others } = exitTransport(signal);
      const { target, ...expected } = await resolved(protocol === 'grpc' ? new Grpc() : new Http());
      expect(others).toEqual(expected);
      expect(protocol === 'grpc' ? new URL(url).host || `${new URL(url).hostname}:443` : url).toBe(target);
      expect(tls).toEqual(url.startsWith('https:') ? {} : undefined);
    }
  });

  test('with the PEM certificates, for TLS only', async () => {
    const files = {
      OTEL_EXPORTER_OTLP_CERTIFICATE: pem.certificate,
      OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE: pem.certificate,
      OTEL_EXPORTER_OTLP_CLIENT_KEY: pem.key,
    };
    const secure = await withEnvironment({ ...files, OTEL_EXPORTER_OTLP_ENDPOINT: 'https://collector:4317' });
    expect(secure.exitTransport('LOGS').tls).toEqual({
      ca: pem.text,
      cert: pem.text,
      key: expect.stringContaining('PRIVATE KEY'),
    });
    const plain = await withEnvironment({ ...files, OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4317' });
    expect(plain.exitTransport('LOGS').tls).toBeUndefined();
  });

  test('with the credentials of the URL as a header', async () => {
    const { exitTransport } = await withEnvironment({
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://user:p%40ss@collector:4318',
    });
    expect(exitTransport('TRACES')).toEqual({
      protocol: 'http/json',
      url: 'http://collector:4318/v1/traces',
      headers: { authorization: `Basic ${Buffer.from('user:p@ss').toString('base64')}` },
      compression: 'none',
    });
  });
});

function aSpan(): ReadableSpan[] {
  const exporter = new InMemorySpanExporter();
  new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] }).getTracer('test').startSpan('a span').end();
  return exporter.getFinishedSpans();
}

function send(exporter: { export(items: ReadableSpan[], done: (result: ExportResult) => void): void }): Promise<ExportResult> {
  return new Promise((resolve) => exporter.export(aSpan(), resolve));
}

test.each(['grpc', 'http/protobuf'] as const)('a span is exported over %s', async (protocol) => {
  const receiver = await startOtlpReceiver({ protocol });
  const { createSpanExporter } = await withEnvironment({
    OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
    OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint,
  });
  expect(await send(createSpanExporter())).toMatchObject({ code: ExportResultCode.SUCCESS });
  expect(receiver.spans).toMatchObject([{ name: 'a span' }]);
  await receiver.stop();
});

test('a span is exported over http/json', async () => {
  let received = '';
  const server = createServer(async (request, response) => {
    received = `${request.url} ${request.headers['content-type']} ${await text(request)}`;
    response.end('{}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { createSpanExporter } = await withEnvironment({
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
    OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
  });
  expect(await send(createSpanExporter())).toMatchObject({ code: ExportResultCode.SUCCESS });
  expect(received).toMatch(/^\/v1\/traces application\/json \{"resourceSpans":.*"name":"a span"/);
  server.closeAllConnections();
  server.close();
});

test('an exporter that cannot be created disables its signal, is logged once and does not throw', async () => {
  await withEnvironment({});
  const { createSafely } = await import('../src/safe-exporter.ts');
  const written: string[] = [];
  vi.spyOn(process.stderr, 'write').mockImplementation((chunk) => written.push(String(chunk)) > 0);
  const fail = () => {
    throw new Error('Certificate chain must be given');
  };
  const exporters = [createSafely('spans', fail), createSafely('spans', fail)];
  for (const exporter of exporters) expect(await send(exporter as never)).toEqual({ code: ExportResultCode.SUCCESS });
  expect(written).toEqual(['telemetry: cannot create the exporter: spans are not exported: Certificate chain must be given\n']);
  vi.restoreAllMocks();
});

test('messages do not contain the credentials of a URL', async () => {
  const { endpointOf } = await withEnvironment({
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
    OTEL_EXPORTER_OTLP_ENDPOINT: 'http://user:password@collector:4318',
  });
  expect(endpointOf('TRACES')).toBe('http://…@collector:4318');
});
