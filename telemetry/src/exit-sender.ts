// Worker thread that sends OTLP requests at the end of the process. It uses only the HTTP clients of Node.js, in order to start fast.
import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import { connect, type IncomingHttpHeaders, type IncomingHttpStatusHeader } from 'node:http2';
import { request as httpsRequest } from 'node:https';
import { connect as connectSocket } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { workerData } from 'node:worker_threads';
import { gzipSync } from 'node:zlib';
import type { ExitTransport } from './exit-transport.ts';
import { type ExportError, isUnavailable } from './refusal.ts';

/** One request. */
export interface ExitBatch {
  transport: ExitTransport;
  /** Path of the gRPC method. */
  grpcPath: string;
  body: Uint8Array;
}

/** `state[0]` is 1 once this thread is running, and 2 when it has finished. `state[n + 1]` is 1 if batch n was accepted. */
const { batches, state, timeoutMs } = workerData as { batches: ExitBatch[]; state: Int32Array; timeoutMs: number };

const firstPauseMs = 100;
const longestPauseMs = 1_000;

/** Even if the process waits longer for a response: a receiver that stays unavailable must not hold up its end. */
const retryMs = Math.min(timeoutMs, 5_000);

/** Codes of Node.js for a connection that was closed. */
const closed = /^(ECONNRESET|EPIPE|ERR_HTTP2_.*)$/;

setState(1);
await Promise.all(
  batches.map(async (batch, index) => {
    if (await deliver(batch)) Atomics.store(state, index + 1, 1);
  }),
);
setState(2);

function setState(value: number): void {
  Atomics.store(state, 0, value);
  Atomics.notify(state, 0);
}

/**
 * Retries while the receiver responds that it is unavailable, for example because it is being restarted, after the delay that it requests.
 * Retries once after a connection was closed, because a load balancer may select another receiver.
 */
async function deliver(batch: ExitBatch): Promise<boolean> {
  const send = batch.transport.protocol === 'grpc' ? sendGrpc : sendHttp;
  const until = performance.now() + retryMs;
  let wasClosed = false;
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
    try {
      await send(batch);
      return true;
    } catch (cause) {
      const error = cause as ExportError;
      const isClosed = closed.test(`${error.code}`);
      if (!isUnavailable(error) && (!isClosed || wasClosed)) return false;
      wasClosed ||= isClosed;
      pauseMs = Math.max(pauseMs, error.retryInMillis ?? 0);
    }
    if (performance.now() + pauseMs > until) return false;
    await setTimeout(pauseMs);
  }
}

/**
 * Source: https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md
 *
 * @throws unless the receiver accepted the batch
 */
async function sendGrpc({ transport: { url, headers, compression, tls }, grpcPath, body }: ExitBatch): Promise<void> {
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
    let answer: IncomingHttpHeaders & IncomingHttpStatusHeader = {};
    const take = (headers: IncomingHttpHeaders) => {
      answer = { ...answer, ...headers };
    };
    call.on('response', take).on('trailers', take);
    call.resume().end(Buffer.concat([prefix, message]));
    await Promise.race([once(call, 'close'), failed]);
    const { ':status': httpStatus = 200, 'grpc-status': status, 'grpc-message': reason } = answer;
    if (status === '0') return;
    if (status !== undefined) throw rejection(Number(status), `${reason ?? ''}`.replaceAll('%20', ' ')); // some servers encode spaces
    throw rejection(httpStatus === 200 ? 'ECONNRESET' : httpStatus); // of a proxy, which knows no gRPC
  } finally {
    session.destroy();
  }
}

/** @throws unless the receiver accepted the batch */
async function sendHttp({ transport: { protocol, url, headers, compression, tls }, body }: ExitBatch): Promise<void> {
  const request = (url.startsWith('https:') ? httpsRequest : httpRequest)(url, {
    ...tls,
    agent: false, // a retry gets a connection of its own, which may lead to another receiver
    method: 'POST',
    headers: {
      ...headers,
      'content-type': protocol === 'http/json' ? 'application/json' : 'application/x-protobuf',
      ...(compression === 'gzip' && { 'content-encoding': 'gzip' }),
    },
  });
  request.on('error', () => {}); // also after the response, which may arrive before the body is sent
  request.end(compression === 'gzip' ? gzipSync(body) : body);
  const [response] = await once(request, 'response');
  response.resume();
  if (response.statusCode >= 200 && response.statusCode < 300) return;
  throw Object.assign(rejection(response.statusCode), { retryInMillis: Number(response.headers['retry-after']) * 1_000 || 0 });
}

function rejection(code: number | string, reason = 'the batch was not accepted'): ExportError {
  return Object.assign(new Error(reason), { code });
}
