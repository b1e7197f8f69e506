// A worker thread that runs receivers: it stores OTLP requests and responds immediately.
// The main thread may be busy for seconds, but an exiting application waits at most one second for its receiver.
import { createServer } from 'node:http';
import { createServer as createHttp2Server, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo, Server } from 'node:net';
import { parentPort } from 'node:worker_threads';
import { gunzipSync } from 'node:zlib';

export interface Recorded {
  /** `/v1/traces` or `/v1/logs`, for gRPC as well. */
  path: string;
  body: Uint8Array;
}

/** `call` identifies the response; `read` and `stop` have the port returned by `start`. */
export type Command = { call: number } & (
  | { start: 'grpc' | 'http/protobuf' }
  | { read: number; from: number }
  | { stop: number }
);

interface Recorder {
  requests: Recorded[];
  server: Server;
  close(): void;
}

const recorders = new Map<number, Recorder>();

parentPort?.on('message', async (command: Command) => {
  const answer = (value: unknown) => parentPort?.postMessage({ call: command.call, value });
  if ('start' in command) {
    const recorder = command.start === 'grpc' ? recordGrpc() : recordHttp();
    await new Promise<void>((resolve) => recorder.server.listen(0, '127.0.0.1', resolve));
    const { port } = recorder.server.address() as AddressInfo;
    recorders.set(port, recorder);
    answer(port);
  } else if ('read' in command) {
    answer(recorders.get(command.read)?.requests.slice(command.from));
  } else {
    recorders.get(command.stop)?.close();
    recorders.delete(command.stop);
    answer(undefined);
  }
});

function recordHttp(): Recorder {
  const requests: Recorded[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks);
      requests.push({ path: request.url ?? '', body: request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body });
      response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end();
    });
  });
  const close = () => {
    server.closeAllConnections();
    server.close();
  };
  return { requests, server, close };
}

/** https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md: a compression flag and the length precede each message. */
function recordGrpc(): Recorder {
  const prefixLength = 5;
  const requests: Recorded[] = [];
  const sessions = new Set<ServerHttp2Session>();
  const server = createHttp2Server();
  server.on('session', (session) => sessions.add(session.on('error', () => {}).on('close', () => sessions.delete(session))));
  server.on('stream', (stream: ServerHttp2Stream, headers) => {
    const chunks: Buffer[] = [];
    stream.on('error', () => {}); // the application has ended
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.on('end', () => {
      const message = Buffer.concat(chunks);
      const body = message.subarray(prefixLength);
      const path = String(headers[':path']).includes('TraceService') ? '/v1/traces' : '/v1/logs';
      requests.push({ path, body: message[0] === 1 ? gunzipSync(body) : body });
      if (stream.destroyed) return;
      stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
      stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
      stream.end(Buffer.alloc(prefixLength));
    });
  });
  const close = () => {
    for (const session of sessions) session.destroy();
    server.close();
  };
  return { requests, server, close };
}
