// One shape for every error: {statusCode, error, message, traceId}. Internal details stay in the log.
// Errors get their status where they are thrown: see toClientError in backend/database.ts, and service/fetch-json.ts.
import { STATUS_CODES } from 'node:http';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { type Static, Type } from 'typebox';
import { currentTraceId } from './trace-id.ts';

export const ErrorResponse = Type.Object({
  statusCode: Type.Integer(),
  error: Type.String(),
  message: Type.String(),
  traceId: Type.Union([Type.String(), Type.Null()]),
});

/** An error whose message is meant for the client. */
export class ServiceError extends Error {
  override readonly name = 'ServiceError';
  readonly statusCode: number;
  readonly retryAfterSeconds: number | undefined;

  /**
   * @param statusCode of the response, 4xx or 5xx
   * @param message for the client
   * @param options.retryAfterSeconds when a retry makes sense
   * @param options.cause for the log
   */
  constructor(statusCode: number, message: string, options: { retryAfterSeconds?: number; cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.statusCode = statusCode;
    this.retryAfterSeconds = options.retryAfterSeconds;
  }
}

/** The error behind a 5xx response, for the log line of its request. */
export const failures = new WeakMap<FastifyRequest, Error>();

export function errorHandler(error: FastifyError | ServiceError, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const statusCode = error.statusCode && error.statusCode >= 400 ? error.statusCode : 500;
  if ('code' in error && error.code === 'FST_ERR_BAD_URL') error.message = 'the path is not validly encoded';
  if (statusCode === 413) reply.removeHeader('connection'); // if it closed at once, a client that still sends might not see the response
  if (statusCode === 414) error.message = 'a path segment is too long';
  if (statusCode === 415) error.message = 'the body must be JSON, with content-type: application/json';
  const isPublic = statusCode < 500 || error instanceof ServiceError;
  if (statusCode >= 500) failures.set(request, error);
  if (error instanceof ServiceError && error.retryAfterSeconds) reply.header('retry-after', error.retryAfterSeconds);
  return sendError(reply, statusCode, isPublic ? error.message : 'internal error; see the log');
}

export function sendError(reply: FastifyReply, statusCode: number, message: string): FastifyReply {
  return reply.code(statusCode).send(errorBody(statusCode, message));
}

export function errorBody(statusCode: number, message: string): Static<typeof ErrorResponse> {
  return { statusCode, error: STATUS_CODES[statusCode] ?? 'Error', message, traceId: currentTraceId() };
}
