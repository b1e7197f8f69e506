// Sends a batch until the receiver accepts it or permanently rejects it.
import { context, diag } from '@opentelemetry/api';
import { type ExportResult, ExportResultCode, suppressTracing } from '@opentelemetry/core';
import { type ExportError, isAboutContent, isRetryable } from './refusal.ts';

interface Exporter<Item> {
  export(items: Item[], done: (result: ExportResult) => void): void;
  shutdown(): Promise<void>;
}

export interface SenderOptions<Item> {
  /** Called again after each failure, because a failed gRPC channel may wait two minutes before it reconnects. */
  createExporter: () => Exporter<Item>;
  /** Returns the number of items that the last `export` call could not serialize. */
  takeSerializationFailures: () => number;
}

interface SenderEvents<Item> {
  /** @param unserializable number of items that were dropped because they could not be serialized */
  onAccepted(items: Item[], unserializable: number): void;
  onRefused(items: Item[], error: ExportError | undefined): void;
  /** Called before the batch is retried. @returns the delay before the retry, at most `pauseMs` */
  onUnreachable(error: ExportError | undefined, pauseMs: number): number;
}

/** Limits the search for rejected items. Finding one item takes two requests per bisection step: 20 for a batch of 1,024. */
const maxRequestsPerBatch = 64;
const firstPauseMs = 250;
const longestPauseMs = 5_000;
const longestRetryAfterMs = 60_000;

/** gRPC's INVALID_ARGUMENT, used for batches that cannot be encoded. */
const invalidArgument = 3;

export class Sender<Item> {
  readonly #options: SenderOptions<Item>;
  readonly #events: SenderEvents<Item>;
  #exporter: Exporter<Item>;
  #endPause = () => {};

  constructor(options: SenderOptions<Item>, events: SenderEvents<Item>) {
    this.#options = options;
    this.#events = events;
    this.#exporter = options.createExporter();
  }

  /** Delivers a batch. If it is rejected for its content, bisects it, so that only the offending items are dropped. Never rejects. */
  async send(batch: Item[]): Promise<void> {
    const parts = [batch];
    let requests = 0;
    for (let part = parts.shift(); part; part = parts.shift()) {
      const result = await this.#sendPart(part);
      requests += 1;
      const canSplit = part.length > 1 && requests + parts.length + 2 <= maxRequestsPerBatch;
      if (result.code === ExportResultCode.SUCCESS) {
        this.#events.onAccepted(part, result.unserializable);
      } else if (canSplit && isAboutContent(result.error)) {
        const half = Math.ceil(part.length / 2);
        parts.push(part.slice(0, half), part.slice(half));
      } else {
        this.#events.onRefused(part, result.error);
      }
    }
  }

  /** Retries immediately, without waiting for the end of the current delay. */
  retryNow(): void {
    this.#endPause();
  }

  async #sendPart(items: Item[]): Promise<ExportResult & { unserializable: number }> {
    for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
      const result = await this.#export(items);
      const error: ExportError | undefined = result.error;
      if (result.code === ExportResultCode.SUCCESS || !isRetryable(error)) return result;
      const retryAfterMs = Math.min(error?.retryInMillis ?? 0, longestRetryAfterMs);
      await this.#pause(this.#events.onUnreachable(error, Math.max(pauseMs, retryAfterMs)));
      this.#reconnect();
    }
  }

  #reconnect(): void {
    const failed = this.#exporter;
    try {
      this.#exporter = this.#options.createExporter();
      void failed.shutdown().catch(() => {});
    } catch (error) {
      diag.debug('failed to create an exporter', error); // the existing exporter may still succeed
    }
  }

  async #export(items: Item[]): Promise<ExportResult & { unserializable: number }> {
    const { takeSerializationFailures: take } = this.#options;
    const { promise, resolve } = Promise.withResolvers<ExportResult>();
    try {
      take();
      context.with(suppressTracing(context.active()), () => this.#exporter.export(items, resolve));
      const unserializable = take();
      return { ...(await promise), unserializable };
    } catch (cause) {
      const error = Object.assign(new Error(String(cause)), { code: invalidArgument });
      return { code: ExportResultCode.FAILED, error, unserializable: 0 };
    }
  }

  #pause(pauseMs: number): Promise<void> {
    return new Promise((resolve) => {
      this.#endPause = resolve;
      setTimeout(resolve, pauseMs).unref();
    });
  }
}
