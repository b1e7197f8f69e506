// Writes a number every few seconds, so that there is always a fresh trace to look at.
import { setTimeout as pause } from 'node:timers/promises';
import { SpanStatusCode, trace } from '@opentelemetry/api';
import type { FastifyBaseLogger } from 'fastify';
import type { BackendClient } from './backend-client.ts';
import { randomNumber } from './random-number.ts';

const tracer = trace.getTracer('frontend');

export interface Emitter {
  start(): void;
  /** Resolves when the write in work has ended. */
  stop(): Promise<void>;
}

/** @param intervalMs from the end of one write to the begin of the next, so that writes never overlap */
export function createEmitter(backend: BackendClient, intervalMs: number, log: FastifyBaseLogger): Emitter {
  const stopping = new AbortController();
  let isAway = false;

  async function emitNumber(): Promise<void> {
    await tracer.startActiveSpan('emit number', async (span) => {
      try {
        const row = await backend.write(randomNumber());
        span.setAttribute('demo.number.id', row.id);
        log.info(`${isAway ? 'the backend is back: ' : ''}emitted ${row.value} as number ${row.id}`);
        isAway = false;
      } catch (error) {
        const { message, cause } = error as Error;
        span.recordException(error as Error);
        span.setStatus({ code: SpanStatusCode.ERROR, message });
        log[isAway ? 'debug' : 'warn'](`cannot emit a number: ${message}${because(cause)}; trying on`);
        isAway = true;
      } finally {
        span.end();
      }
    });
  }

  async function emitUntilStopped(): Promise<void> {
    while (!stopping.signal.aborted) {
      await emitNumber();
      await pause(intervalMs, undefined, { signal: stopping.signal }).catch(() => {});
    }
  }

  let stopped = Promise.resolve();
  return {
    start() {
      stopped = emitUntilStopped();
    },
    stop() {
      stopping.abort();
      return stopped;
    },
  };
}

/** What lies at the bottom: of `fetch failed`, `connect ECONNREFUSED 127.0.0.1:3002`. */
function because(cause: unknown): string {
  if (!(cause instanceof Error)) return '';
  return cause.cause ? because(cause.cause) : ` (${cause.message || (cause as NodeJS.ErrnoException).code})`;
}
