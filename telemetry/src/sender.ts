// Sends a batch until its receiver accepts it, or refuses it for good.
import { context, diag } from '@opentelemetry/api';
import { type ExportResult, ExportResultCode, suppressTracing } from '@opentelemetry/core';
import { type ExportError, isAboutContent, isRetryable } from './refusal.ts';

interface Exporter<Item> {
  export(items: Item[], done: (result: ExportResult) => void): void;
  shutdown(): Promise<void>;
}

export interface SenderOptions<Item> {
  /** Called again after a failure: a gRPC channel that failed may wait for two minutes before it connects again. */
  createExporter: () => Exporter<Item>;
  /** How many items the last call of `export` could not serialize. */
  takeSerializationFailures?: () => number;
}

export interface SenderEvents<Item> {
  /** @param unserializable how many of the items were dropped, because they could not be serialized */
  onAccepted(items: Item[], unserializable: number): void;
  onRefused(items: Item[], error: ExportError | undefined): void;
  /** The batch is sent again, after a pause of `pauseMs` or a shorter one. @returns how long the pause is to be */
  onUnreachable(error: ExportError | undefined, pauseMs: number): number;
}

/** To find the items that a receiver refuses. One takes two requests for each halving: 20 for a batch of 1,024. */
const maxRequestsPerBatch = 64;
const firstPauseMs = 250;
const longestPauseMs = 5_000;
const longestRetryAfterMs = 60_000;

/** gRPC's INVALID_ARGUMENT, for what cannot be encoded. */
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

  /** Of a batch that is refused for its content, all but the items that are to blame are delivered. Never rejects. */
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

  /** Sends at once what waits for its next attempt. */
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
      diag.debug('failed to create an exporter', error); // the other one may succeed yet
    }
  }

  async #export(items: Item[]): Promise<ExportResult & { unserializable: number }> {
    const take = this.#options.takeSerializationFailures ?? (() => 0);
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
