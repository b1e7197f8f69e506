// pino: readable on a terminal, JSON elsewhere. Trace ids are added, and records exported, by telemetry/.
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

/** What is always safe to tell: other fields hold the bytes of a broken request, say, or the row that PostgreSQL refused. */
function serializeError(error: Error): object {
  const { type, message, stack, code } = stdSerializers.err(error);
  return { type, message, stack, ...(code === undefined ? {} : { code }) };
}

/** One line for a request, when it is answered, with the reason where it failed; none for what leaves no trace. */
export class RequestLog extends LogController {
  constructor() {
    super({ disableRequestLogging: isUntraced });
  }

  override incomingRequest(): void {}

  override routeNotFound(): void {}

  override requestCompleted(error: Error | null, request: FastifyRequest, reply: FastifyReply): void {
    if (this.isLogDisabled(request)) return;
    const route = request.routeOptions.url ?? '(no route)'; // the path would be any text that a client likes
    const durationMs = Math.round(reply.elapsedTime * 100) / 100;
    const line = { method: request.method, route, statusCode: reply.statusCode, durationMs };
    const message = `${request.method} ${route} ${reply.statusCode} in ${durationMs} ms`;
    const failure = error ?? failures.get(request);
    if (failure) request.log.error({ ...line, err: failure }, `${message}: ${failure.message}`);
    else request.log.info(line, message);
  }
}

/** A line for a request whose client left before the answer, which Fastify says nothing of. */
export function logAbortedRequests(app: FastifyInstance): void {
  app.addHook('onRequest', (request, reply, done) => {
    if (isUntraced(request)) return done();
    const look = () => {
      if (reply.raw.writableFinished) return;
      const route = request.routeOptions.url ?? '(no route)';
      const durationMs = Math.round(reply.elapsedTime * 100) / 100;
      request.log.info(
        { method: request.method, route, durationMs },
        `${request.method} ${route}: the client left after ${durationMs} ms`,
      );
    };
    const own = context.active();
    reply.raw.once('close', () => context.with(own, look)); // in the trace of the request
    done();
  });
}
