// Requests that Node.js rejects before Fastify sees them get the same shape of errors. They have no trace.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { errorBody, ServiceError } from './errors.ts';

/** A client that is still sending might miss the response if its connection were closed at once. */
const lingerMs = 1_000;

const errorsByCode: Record<string, [statusCode: number, message: string]> = {
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'the request did not arrive in time'],
  HPE_CHUNK_EXTENSIONS_OVERFLOW: [413, 'the chunk extensions are too long'],
  HPE_HEADER_OVERFLOW: [431, 'the path and the headers are too long'],
};

type Response = ServerResponse<IncomingMessage>;

/** The latest response of each connection, so that an error is not written into the middle of it. */
const latestResponses = new WeakMap<Socket, Response>();

/** Fastify's `clientErrorHandler`: for malformed HTTP and requests that arrive too slowly. */
export function clientErrorHandler(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
  const [statusCode, message] = errorsByCode[error.code ?? ''] ?? [400, 'this is not valid HTTP'];
  const response = latestResponses.get(socket); // if it is in flight, the error belongs to what followed its request; if it was sent, the error is in a late body
  if (response && !response.writableFinished && response.req.complete)
    response.once('close', () => sendRawError(socket, statusCode, message));
  else if (response?.headersSent && !response.req.complete) endSocket(socket);
  else sendRawError(socket, statusCode, message);
}

/** Sends errors in the usual shape where Node.js would send an empty body or nothing. */
export function handleNodeErrors(app: FastifyInstance): void {
  app.server.on('request', (request, response) => latestResponses.set(request.socket, response));
  app.server.on('connect', (_request, socket: Socket) =>
    sendRawError(socket, 400, 'CONNECT is not supported: this is not a proxy'),
  );
  app.server.on('checkExpectation', (request, response) => void app.server.emit('request', request, response)); // 417 is optional
  app.addHook('onRequest', (request, _reply, done) => done(hasOneHost(request) ? undefined : hostError));
}

const hostError = new ServiceError(400, 'the request must have exactly one Host header');

/** https://www.rfc-editor.org/rfc/rfc9112#section-3.2 */
function hasOneHost({ raw }: FastifyRequest): boolean {
  const isName = (text: string, place: number) => place % 2 === 0 && text.length === 4 && text.toLowerCase() === 'host';
  return raw.httpVersion !== '1.1' || raw.rawHeaders.filter(isName).length === 1;
}

function sendRawError(socket: Socket, statusCode: number, message: string): void {
  const error = { ...errorBody(statusCode, message), traceId: null };
  const body = JSON.stringify(error);
  const head = [
    `HTTP/1.1 ${statusCode} ${error.error}`,
    'content-type: application/json; charset=utf-8',
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
  ];
  if (socket.writable) socket.write(`${head.join('\r\n')}\r\n\r\n${body}`);
  endSocket(socket);
}

/** Reads and discards for a moment before the connection is destroyed. */
function endSocket(socket: Socket): void {
  socket.end();
  socket.removeAllListeners('data').resume();
  const timer = setTimeout(() => socket.destroy(), lingerMs);
  socket.once('close', () => clearTimeout(timer));
}
