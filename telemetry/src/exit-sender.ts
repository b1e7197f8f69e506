// Worker thread that sends OTLP requests at the end of the process. It uses only the HTTP clients of Node.js, in order to start fast.
import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import { connect } from 'node:http2';
import { request as httpsRequest } from 'node:https';
import { connect as connectSocket } from 'node:net';
import { workerData } from 'node:worker_threads';
import { gzipSync } from 'node:zlib';
import type { ExitTransport } from './exit-transport.ts';

/** One request. */
export interface ExitBatch {
  transport: ExitTransport;
  /** Path of the gRPC method. */
  grpcPath: string;
  body: Uint8Array;
}

/** `state[0]` is 1 once this thread is running, and 2 when it has finished. `state[n + 1]` is 1 if batch n was accepted. */
const { batches, state } = workerData as { batches: ExitBatch[]; state: Int32Array };

setState(1);
await Promise.all(
  batches.map(async (batch, index) => {
    const isAccepted = await (batch.transport.protocol === 'grpc' ? sendGrpc(batch) : sendHttp(batch)).catch(() => false);
    if (isAccepted) Atomics.store(state, index + 1, 1);
  }),
);
setState(2);

function setState(value: number): void {
  Atomics.store(state, 0, value);
  Atomics.notify(state, 0);
}

/** https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md */
async function sendGrpc({ transport: { url, headers, compression, tls }, grpcPath, body }: ExitBatch): Promise<boolean> {
  const session = url.startsWith('unix:')
    ? connect('http://localhost', { createConnection: () => connectSocket(url.replace(/^unix:(\/\/)?/, '')) })
    : connect(url, tls);
  try {
    const failed = once(session, 'error').then(([error]) => Promise.reject(error));
    const message = compression === 'gzip' ? gzipSync(body) : body;
    const prefix = Buffer.alloc(5);
    prefix[0] = compression === 'gzip' ? 1 : 0;
    prefix.writeUInt32BE(message.length, 1);
    const call = session.request({
      ...headers,
      ':method': 'POST',
      ':path': grpcPath,
      'content-type': 'application/grpc',
      te: 'trailers',
      ...(compression === 'gzip' && { 'grpc-encoding': 'gzip' }),
    });
    let status: unknown;
    call.on('response', (response) => {
      status = response['grpc-status'];
    });
    call.on('trailers', (trailers) => {
      status = trailers['grpc-status'];
    });
    call.resume().end(Buffer.concat([prefix, message]));
    await Promise.race([once(call, 'close'), failed]);
    return status === '0';
  } finally {
    session.destroy();
  }
}

async function sendHttp({ transport: { protocol, url, headers, compression, tls }, body }: ExitBatch): Promise<boolean> {
  const request = (url.startsWith('https:') ? httpsRequest : httpRequest)(url, {
    ...tls,
    method: 'POST',
    headers: {
      ...headers,
      'content-type': protocol === 'http/json' ? 'application/json' : 'application/x-protobuf',
      ...(compression === 'gzip' && { 'content-encoding': 'gzip' }),
    },
  });
  request.end(compression === 'gzip' ? gzipSync(body) : body);
  const [response] = await once(request, 'response');
  await once(response.resume(), 'end');
  return response.statusCode >= 200 && response.statusCode < 300;
}
