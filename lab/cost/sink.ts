// A receiver that only counts, so that it uses little CPU: OTLP over gRPC and HTTP, Datadog agent, Sentry.
// A separate process: it sends its ports to its parent and replies to each message with the counts so far.
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import * as grpc from '@grpc/grpc-js';
import { countDatadogSpans } from './count-datadog.ts';
import { countOtlpItems } from './count-otlp.ts';
import { countSentryItems } from './count-sentry.ts';

export interface Counted {
  spans: number;
  logs: number;
  /** Received bytes, uncompressed. */
  bytes: number;
}

export type Order = { ask: 'counted' } | { ask: 'down' } | { ask: 'up' };

const counted: Counted = { spans: 0, logs: 0, bytes: 0 };

function count(body: Buffer, items: Partial<Counted>): void {
  counted.spans += items.spans ?? 0;
  counted.logs += items.logs ?? 0;
  counted.bytes += body.length;
}

const exportMethod = (path: string): grpc.ServiceDefinition => ({
  Export: {
    path,
    requestStream: false,
    responseStream: false,
    requestSerialize: (value: Buffer) => value,
    requestDeserialize: (value) => value,
    responseSerialize: (value: Buffer) => value,
    responseDeserialize: (value) => value,
  },
});
const accept =
  (signal: 'spans' | 'logs'): grpc.handleUnaryCall<Buffer, Buffer> =>
  (call, done) => {
    count(call.request, { [signal]: countOtlpItems(call.request) });
    done(null, Buffer.alloc(0));
  };

async function startGrpc(port: number): Promise<{ server: grpc.Server; port: number }> {
  const server = new grpc.Server({ 'grpc.max_receive_message_length': 64 * 1024 * 1024 });
  server.addService(exportMethod('/opentelemetry.proto.collector.trace.v1.TraceService/Export'), { Export: accept('spans') });
  server.addService(exportMethod('/opentelemetry.proto.collector.logs.v1.LogsService/Export'), { Export: accept('logs') });
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  server.bindAsync(`127.0.0.1:${port}`, grpc.ServerCredentials.createInsecure(), (error, bound) =>
    error ? reject(error) : resolve(bound),
  );
  return { server, port: await promise };
}

function countHttp(path: string, body: Buffer): void {
  if (path === '/v1/traces') count(body, { spans: countOtlpItems(body) });
  else if (path === '/v1/logs') count(body, { logs: countOtlpItems(body) });
  else if (path.startsWith('/v0.4/traces')) count(body, { spans: countDatadogSpans(body) });
  else if (path.startsWith('/api/1/envelope')) count(body, countSentryItems(body));
}

const httpServer = createServer(async (request: IncomingMessage, response) => {
  try {
    const body = Buffer.concat(await Array.fromAsync(request));
    countHttp(request.url ?? '', request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body);
    const isAgent = request.url?.startsWith('/v0') || request.url?.startsWith('/info');
    response.writeHead(200, { 'content-type': isAgent ? 'application/json' : 'application/x-protobuf' });
    response.end(isAgent ? '{"rate_by_service":{}}' : '');
  } catch {
    response.destroy(); // the connection was closed for the outage
  }
});

const listen = (port: number) => new Promise<void>((resolve) => httpServer.listen(port, '127.0.0.1', resolve));
let { server, port: grpcPort } = await startGrpc(0);
await listen(0);
const { port: httpPort } = httpServer.address() as AddressInfo;
process.send?.({ grpcPort, httpPort });

process.on('message', async ({ ask }: Order) => {
  if (ask === 'down') {
    server.forceShutdown();
    httpServer.close();
    httpServer.closeAllConnections();
  }
  if (ask === 'up') {
    ({ server, port: grpcPort } = await startGrpc(grpcPort));
    await listen(httpPort);
  }
  process.send?.(counted);
});
process.on('disconnect', () => process.exit());
