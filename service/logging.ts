// pino: readable on a terminal, JSON elsewhere. telemetry/ adds the trace ids and exports the records.
import { context } from '@opentelemetry/api';
import { type FastifyReply, type FastifyRequest, LogController } from 'fastify';
import { type LoggerOptions, stdSerializers } from 'pino';
import pretty from 'pino-pretty';
import { failures } from './errors.ts';
import { isUntraced } from './untraced.ts';

export function loggerOptions(level: string): LoggerOptions & { stream?: NodeJS.WritableStream } {
  const serializers = { err: serializeError };
  if (!process.stdout.isTTY) return { level, serializers };
  const stream = pretty({
    sync: true,
    ignore: 'pid,hostname,span_id,trace_flags,method,route,statusCode,durationMs',
    singleLine: true,
    translateTime: 'HH:MM:ss.l',
  });
  return { level, serializers, stream };
}

/** Only fields that are safe to log: others contain, for example, the bytes of a malformed request or the row that PostgreSQL rejected. */
function serializeError(error: Error): object {
  const { type, message, stack, code } = stdSerializers.err(error);
  return { type, message, stack, ...(code === undefined ? {} : { code }) };
}

/** Leaves the lines about requests to `logRequest`; Fastify still logs what fails while it sends a response. */
export class NoRequestLog extends LogController {
  override incomingRequest(): void {}

  override requestCompleted(): void {}

  override routeNotFound(): void {}
}

/** Logs one line when the response has been sent or the client has disconnected, with the error if the request failed; none for untraced routes. */
export function logRequest(request: FastifyRequest, reply: FastifyReply): void {
  const requestContext = context.active();
  reply.raw.once('close', () => context.with(requestContext, logLine)); // with the ids of its trace

  function logLine(): void {
    if (isUntraced(request)) return;
    const { method } = request;
    const route = request.routeOptions.url ?? '(no route)'; // the path could be any text a client sends
    const { statusCode } = reply;
    const durationMs = Math.round(reply.elapsedTime * 100) / 100;
    const failure = failures.get(request);
    if (!reply.raw.writableFinished) {
      request.log.info({ method, route, durationMs }, `${method} ${route}: the client disconnected after ${durationMs} ms`);
      return;
    }
    const message = `${method} ${route} ${statusCode} in ${durationMs} ms`;
    if (failure) request.log.error({ method, route, statusCode, durationMs, err: failure }, `${message}: ${failure.message}`);
    else request.log.info({ method, route, statusCode, durationMs }, message);
  }
}
