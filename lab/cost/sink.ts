// An OTLP receiver that only counts, so that it takes little from the machine that is measured. Run as a process of its own:
// it says which ports it has, and answers each message with what came so far.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import * as grpc from '@grpc/grpc-js';
import { countItems } from './otlp-count.ts';

export interface Counted {
  spans: number;
  logs: number;
  /** What came over the wire, unpacked. */
  bytes: number;
}

const counted: Counted = { spans: 0, logs: 0, bytes: 0 };

function take(signal: 'spans' | 'logs', body: Buffer): void {
  counted[signal] += countItems(body);
  counted.bytes += body.length;
}

const grpcServer = new grpc.Server({ 'grpc.max_receive_message_length': 64 * 1024 * 1024 });
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
const answer =
  (signal: 'spans' | 'logs'): grpc.handleUnaryCall<Buffer, Buffer> =>
  (call, done) => {
    take(signal, call.request);
    done(null, Buffer.alloc(0));
  };
grpcServer.addService(exportMethod('/opentelemetry.proto.collector.trace.v1.TraceService/Export'), { Export: answer('spans') });
grpcServer.addService(exportMethod('/opentelemetry.proto.collector.logs.v1.LogsService/Export'), { Export: answer('logs') });

const signals: Record<string, 'spans' | 'logs'> = { '/v1/traces': 'spans', '/v1/logs': 'logs' };
const httpServer = createServer(async (request, response) => {
  const body = Buffer.concat(await Array.fromAsync(request));
  const signal = signals[request.url ?? ''];
  if (signal) take(signal, request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body);
  response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end();
});

grpcServer.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, grpcPort) => {
  if (error) throw error;
  httpServer.listen(0, '127.0.0.1', () => process.send?.({ grpcPort, httpPort: (httpServer.address() as AddressInfo).port }));
});
process.on('message', () => process.send?.(counted));
process.on('disconnect', () => process.exit());
