// Writes a number every few seconds, so that there is always a recent trace.
import { setTimeout as pause } from 'node:timers/promises';
import { SpanStatusCode, trace } from '@opentelemetry/api';
import type { FastifyInstance } from 'fastify';
import type { BackendClient } from './backend-client.ts';
import { randomNumber } from './random-number.ts';

const tracer = trace.getTracer('frontend');

/**
 * Writes from the start of the server to its close, which waits for the write in flight.
 *
 * @param intervalMs from the end of one write to the start of the next, so that writes never overlap
 */
export function addEmitter(app: FastifyInstance, backend: BackendClient, intervalMs: number): void {
  const stopping = new AbortController();
  let stopped: Promise<void> | undefined;
  let isFailing = false;

  app.addHook('onListen', async () => {
    stopped = emitUntilStopped(); // not awaited
  });
  app.addHook('onClose', async () => {
    stopping.abort();
    await stopped;
  });

  async function emitUntilStopped(): Promise<void> {
    while (!stopping.signal.aborted) {
      await tracer.startActiveSpan('emit number', async (span) => {
        try {
          const row = await backend.write(randomNumber());
          span.setAttribute('demo.number.id', row.id);
          app.log.info(`${isFailing ? 'the backend has recovered: ' : ''}emitted ${row.value} as number ${row.id}`);
          isFailing = false;
        } catch (error) {
          const { message, cause } = error as Error;
          span.recordException(error as Error);
          span.setStatus({ code: SpanStatusCode.ERROR, message });
          app.log[isFailing ? 'debug' : 'warn'](`write failed: ${message}${reasonOf(cause)}; will retry`);
          isFailing = true;
        } finally {
          span.end();
        }
      });
      await pause(intervalMs, undefined, { signal: stopping.signal }).catch(() => {});
    }
  }
}

/** The innermost cause: for `fetch failed`, `connect ECONNREFUSED 127.0.0.1:3002`. */
function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return '';
  return cause.cause ? reasonOf(cause.cause) : ` (${cause.message || (cause as NodeJS.ErrnoException).code})`;
}
