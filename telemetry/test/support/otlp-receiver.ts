// A real OTLP receiver for gRPC or HTTP, optionally with TLS and required headers.
import { createServer, type RequestListener } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { gunzipSync } from 'node:zlib';
import * as grpc from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';

export interface Span {
  traceId: string;
  spanId: string;
  parentSpanId: string | undefined;
  name: string;
  kind: string;
  /** Unix time in microseconds. */
  startUs: number;
  endUs: number;
  status: string;
  attributes: Record<string, unknown>;
  events: { name: string; attributes: Record<string, unknown> }[];
  service: string;
  resource: Record<string, unknown>;
}

export interface LogRecord {
  traceId: string;
  spanId: string;
  body: unknown;
  severity: string;
  attributes: Record<string, unknown>;
  service: string;
}

export interface OtlpReceiver {
  port: number;
  endpoint: string;
  spans: Span[];
  logs: LogRecord[];
  /** The bodies of all requests, so that tests can search everything that was sent. */
  bytes: Buffer[];
  /** Number of requests to reject as UNAVAILABLE, or with 503, from now on. */
  unavailable: number;
  spansOf(traceId: string): Span[];
  logsOf(traceId: string): LogRecord[];
  stop(): Promise<void>;
}

interface Options {
  /** Default: 127.0.0.1. Containers need another address to reach it. */
  host?: string;
  port?: number;
  protocol?: 'grpc' | 'http/protobuf';
  /** PEM. Makes the receiver accept only TLS; with `ca`, only from clients with a certificate that it has signed. */
  tls?: { cert: string; key: string; ca?: string };
  /** Rejects requests without these headers. */
  requiredHeaders?: Record<string, string>;
}

/** The services of OTLP. @param longs type for 64-bit integers; as numbers, times lose their last digits */
export function loadOtlp(
  longs: typeof Number | typeof String,
  signals = ['trace', 'logs'],
): Record<string, grpc.ServiceDefinition> {
  const protos = dirname(createRequire(import.meta.url).resolve('@elastic/mockotlpserver/package.json'));
  const files = signals.map((signal) => `opentelemetry/proto/collector/${signal}/v1/${signal}_service.proto`);
  const options = { includeDirs: [protos], longs, enums: String, defaults: true, oneofs: true };
  return loadSync(files, options) as unknown as Record<string, grpc.ServiceDefinition>;
}

const services = loadOtlp(Number);
const traceService = services['opentelemetry.proto.collector.trace.v1.TraceService'] as grpc.ServiceDefinition;
const logsService = services['opentelemetry.proto.collector.logs.v1.LogsService'] as grpc.ServiceDefinition;

export async function startOtlpReceiver(options: Options = {}): Promise<OtlpReceiver> {
  const spans: Span[] = [];
  const logs: LogRecord[] = [];
  const bytes: Buffer[] = [];
  const takeSpans = (request: any) => spans.push(...request.resourceSpans.flatMap(readSpans));
  const takeLogs = (request: any) => logs.push(...request.resourceLogs.flatMap(readLogs));
  const listen = options.protocol === 'http/protobuf' ? listenHttp : listenGrpc;
  const rejects = () => receiver.unavailable > 0 && receiver.unavailable-- > 0;
  const readers = [readerOf(traceService, bytes, takeSpans), readerOf(logsService, bytes, takeLogs)] as const;
  const { port, stop } = await listen(options, rejects, ...readers);
  const receiver: OtlpReceiver = {
    port,
    endpoint: `${options.tls ? 'https' : 'http'}://localhost:${port}`,
    spans,
    logs,
    bytes,
    unavailable: 0,
    spansOf: (traceId) => spans.filter((span) => span.traceId === traceId),
    logsOf: (traceId) => logs.filter((log) => log.traceId === traceId),
    stop,
  };
  return receiver;
}

/** An OTLP service that stores the bytes of each request and decodes them. */
interface Reader {
  definition: grpc.ServiceDefinition;
  read(bytes: Buffer): any;
  take(request: any): void;
}

function readerOf(definition: grpc.ServiceDefinition, kept: Buffer[], take: (request: any) => void): Reader {
  const method = definition.Export as grpc.MethodDefinition<unknown, unknown>;
  const read = (bytes: Buffer) => {
    kept.push(bytes);
    return method.requestDeserialize(bytes);
  };
  return { definition: { ...definition, Export: { ...method, requestDeserialize: read } }, read, take };
}

async function listenGrpc(
  { host = '127.0.0.1', port = 0, tls, requiredHeaders = {} }: Options,
  rejects: () => boolean,
  traces: Reader,
  logs: Reader,
) {
  const server = new grpc.Server();
  const answer =
    ({ take }: Reader): grpc.handleUnaryCall<unknown, unknown> =>
    (call, callback) => {
      const isAllowed = Object.entries(requiredHeaders).every(([name, value]) => call.metadata.get(name)[0] === value);
      if (!isAllowed) return callback({ code: grpc.status.UNAUTHENTICATED, details: 'the token is missing' });
      if (rejects()) return callback({ code: grpc.status.UNAVAILABLE, details: 'it is being restarted' });
      take(call.request);
      callback(null, {});
    };
  for (const reader of [traces, logs]) server.addService(reader.definition, { Export: answer(reader) });
  const credentials = tls
    ? grpc.ServerCredentials.createSsl(
        tls.ca ? Buffer.from(tls.ca) : null,
        [{ cert_chain: Buffer.from(tls.cert), private_key: Buffer.from(tls.key) }],
        tls.ca !== undefined,
      )
    : grpc.ServerCredentials.createInsecure();
  return { port: await bindGrpc(server, `${host}:${port}`, credentials), stop: async () => server.forceShutdown() };
}

/** @returns the port */
export function bindGrpc(
  server: grpc.Server,
  address: string,
  credentials = grpc.ServerCredentials.createInsecure(),
): Promise<number> {
  return promisify(server.bindAsync.bind(server))(address, credentials);
}

async function listenHttp(
  { host = '127.0.0.1', port = 0, tls, requiredHeaders = {} }: Options,
  rejects: () => boolean,
  traces: Reader,
  logs: Reader,
) {
  const readers: Record<string, Reader> = { '/v1/traces': traces, '/v1/logs': logs };
  const onRequest: RequestListener = async (request, response) => {
    const isAllowed = Object.entries(requiredHeaders).every(([name, value]) => request.headers[name] === value);
    const reader = readers[request.url ?? ''];
    if (!isAllowed || !reader) return response.writeHead(isAllowed ? 404 : 401).end();
    const body = Buffer.concat(await Array.fromAsync(request));
    if (rejects()) return response.writeHead(503).end();
    reader.take(reader.read(request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body));
    response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end();
  };
  const server = tls ? createSecureServer({ ...tls, requestCert: tls.ca !== undefined }, onRequest) : createServer(onRequest);
  await new Promise<void>((resolve) => server.listen(port, host, resolve));
  return {
    port: (server.address() as AddressInfo).port,
    stop: async () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

function readSpans({ resource, scopeSpans }: any): Span[] {
  const attributes = readAttributes(resource.attributes);
  return scopeSpans.flatMap(({ spans }: any) =>
    spans.map((span: any) => ({
      traceId: hex(span.traceId),
      spanId: hex(span.spanId),
      parentSpanId: hex(span.parentSpanId) || undefined,
      name: span.name,
      kind: span.kind.replace('SPAN_KIND_', ''),
      startUs: span.startTimeUnixNano / 1_000,
      endUs: span.endTimeUnixNano / 1_000,
      status: span.status?.code?.replace('STATUS_CODE_', '') ?? 'UNSET',
      attributes: readAttributes(span.attributes),
      events: span.events.map((event: any) => ({ name: event.name, attributes: readAttributes(event.attributes) })),
      service: attributes['service.name'] as string,
      resource: attributes,
    })),
  );
}

function readLogs({ resource, scopeLogs }: any): LogRecord[] {
  const service = readAttributes(resource.attributes)['service.name'] as string;
  return scopeLogs.flatMap(({ logRecords }: any) =>
    logRecords.map((record: any) => ({
      traceId: hex(record.traceId),
      spanId: hex(record.spanId),
      body: readValue(record.body),
      severity: record.severityText,
      attributes: readAttributes(record.attributes),
      service,
    })),
  );
}

function readAttributes(attributes: any[]): Record<string, unknown> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, readValue(value)]));
}

function readValue(value: any): unknown {
  return value?.value ? value[value.value] : undefined;
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
