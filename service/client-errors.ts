// What Node.js refuses before Fastify sees a request is answered in the one shape of errors as well. There is no trace then.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { errorBody, ServiceError } from './errors.ts';

/** A client that still sends may miss the answer when its connection is closed at once. */
const lingerMs = 1_000;

const refusals: Record<string, [statusCode: number, message: string]> = {
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'the request did not arrive in time'],
  HPE_CHUNK_EXTENSIONS_OVERFLOW: [413, 'the chunk extensions are too long'],
  HPE_HEADER_OVERFLOW: [431, 'the path and the headers are too long'],
};

type Answered = ServerResponse<IncomingMessage>;

/** The latest answer of each connection, so that none is written into another. */
const latest = new WeakMap<Socket, Answered>();

/** Fastify's `clientErrorHandler`: the bytes that came are no HTTP request, or came too slowly. */
export function clientErrorHandler(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
  const [statusCode, message] = refusals[error.code ?? ''] ?? [400, 'this is not valid HTTP'];
  const answer = latest.get(socket); // while it is in work, what is bad came after its request; once sent, a bad body came too late
  if (answer && !answer.writableFinished && answer.req.complete) answer.once('close', () => refuse(socket, statusCode, message));
  else if (answer?.headersSent && !answer.req.complete) end(socket);
  else refuse(socket, statusCode, message);
}

/** Has what Node.js would answer with an empty body, or not at all, answered like any other error. */
export function handleNodeErrors(app: FastifyInstance): void {
  app.server.on('request', (request, answer) => latest.set(request.socket, answer));
  app.server.on('connect', (_request, socket: Socket) => refuse(socket, 400, 'CONNECT is for a proxy, which this is not'));
  app.server.on('checkExpectation', (request, answer) => void app.server.emit('request', request, answer)); // 417 is a may
  app.addHook('onRequest', (request, _reply, done) => done(hasOneHost(request) ? undefined : noHost));
}

const noHost = new ServiceError(400, 'the request has to have one Host header');

/** https://www.rfc-editor.org/rfc/rfc9112#section-3.2 */
function hasOneHost({ raw }: FastifyRequest): boolean {
  const isName = (text: string, place: number) => place % 2 === 0 && text.length === 4 && text.toLowerCase() === 'host';
  return raw.httpVersion !== '1.1' || raw.rawHeaders.filter(isName).length === 1;
}

function refuse(socket: Socket, statusCode: number, message: string): void {
  const error = { ...errorBody(statusCode, message), traceId: null };
  const body = JSON.stringify(error);
  const head = [
    `HTTP/1.1 ${statusCode} ${error.error}`,
    'content-type: application/json; charset=utf-8',
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
  ];
  if (socket.writable) socket.write(`${head.join('\r\n')}\r\n\r\n${body}`);
  end(socket);
}

/** Reads on for a moment, and keeps none of it. */
function end(socket: Socket): void {
  socket.end();
  socket.removeAllListeners('data').resume();
  const timer = setTimeout(() => socket.destroy(), lingerMs);
  socket.once('close', () => clearTimeout(timer));
}
