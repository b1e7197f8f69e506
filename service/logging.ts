// pino: readable on a terminal, JSON elsewhere. telemetry/ adds the trace ids and exports the records.
import { context } from '@opentelemetry/api';
import { type FastifyInstance, type FastifyReply, type FastifyRequest, LogController } from 'fastify';
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

/** One line per completed request, with the error if it failed; none for untraced routes. */
export class RequestLog extends LogController {
  constructor() {
    super({ disableRequestLogging: isUntraced });
  }

  override incomingRequest(): void {}

  override routeNotFound(): void {}

  override requestCompleted(error: Error | null, request: FastifyRequest, reply: FastifyReply): void {
    if (this.isLogDisabled(request)) return;
    const route = request.routeOptions.url ?? '(no route)'; // the path could be any text a client sends
    const durationMs = Math.round(reply.elapsedTime * 100) / 100;
    const line = { method: request.method, route, statusCode: reply.statusCode, durationMs };
    const message = `${request.method} ${route} ${reply.statusCode} in ${durationMs} ms`;
    const failure = error ?? failures.get(request);
    if (failure) request.log.error({ ...line, err: failure }, `${message}: ${failure.message}`);
    else request.log.info(line, message);
  }
}

/** One line per request whose client disconnected before the response, which Fastify does not log. */
export function logAbortedRequests(app: FastifyInstance): void {
  app.addHook('onRequest', (request, reply, done) => {
    if (isUntraced(request)) return done();
    const logAborted = () => {
      if (reply.raw.writableFinished) return;
      const route = request.routeOptions.url ?? '(no route)';
      const durationMs = Math.round(reply.elapsedTime * 100) / 100;
      request.log.info(
        { method: request.method, route, durationMs },
        `${request.method} ${route}: the client disconnected after ${durationMs} ms`,
      );
    };
    const requestContext = context.active();
    reply.raw.once('close', () => context.with(requestContext, logAborted)); // with the ids of its trace
    done();
  });
}
