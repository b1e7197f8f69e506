// One bounded queue per signal. Undelivered items are counted and logged on stderr, never dropped silently. It replaces the SDK's batch
// processors, which drop a batch after its first failure, and silently drop new items when they are full.
import type { Resource } from '@opentelemetry/resources';
import { Backlog } from './backlog.ts';
import { log } from './log.ts';
import { type ExportError, isConnectionRefused, isUnavailable, reasonOf } from './refusal.ts';
import { Sender, type SenderOptions } from './sender.ts';

export interface QueueOptions<Item> extends SenderOptions<Item> {
  /** What the items are called in messages. */
  what: string;
  /** Where they are sent, for messages. */
  endpoint: string;
  /** Maximum number of stored items, including those in flight. Further items are dropped and counted. */
  maxItems: number;
  /** Maximum size of the stored items in bytes, as returned by `sizeOf`. */
  maxBytes: number;
  /** Estimates the memory of an item in bytes. */
  sizeOf: (item: Item) => number;
  maxBatchItems: number;
  /** How long an item waits for others to share its batch. */
  delayMs: number;
}

/** After a signal the process is likely to end soon, and then sends what is stored at once. A batch that is in flight by then is sent twice. */
const pauseAfterSignalMs = 2_000;

/** While the process waits for a flush. */
const flushPauseMs = 250;

/** The endpoints that could not be reached lately: both signals may have the same one, which is logged once. */
const unreachable = new Set<string>();

/** The endpoints among them that did not respond to the last attempt. */
const silent = new Set<string>();

export class DeliveryQueue<Item extends { resource: Resource }> {
  readonly #options: QueueOptions<Item>;
  readonly #backlog: Backlog<Item>;
  readonly #sender: Sender<Item>;
  #working: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  /** Until this time of `performance.now()` only full batches are sent. */
  #pausedUntilMs = 0;
  /** Each ends a flush that is running. */
  #flushes = new Set<() => void>();
  #dropped = 0;
  #refused = 0;
  #refusal: ExportError | undefined;

  constructor(options: QueueOptions<Item>) {
    this.#options = options;
    this.#backlog = new Backlog(options.maxBatchItems);
    this.#sender = new Sender(options, {
      onAccepted: (items, unserializable) => this.#onAccepted(items, unserializable),
      onRefused: (items, error) => this.#onRefused(items, error),
      onUnreachable: (error, pauseMs) => this.#onUnreachable(error, pauseMs),
    });
  }

  /** Never throws. */
  add(item: Item): void {
    const { maxItems, maxBytes, what } = this.#options;
    const bytes = this.#sizeOf(item);
    if (bytes === undefined) this.#dropped += 1;
    else if (this.#backlog.count < maxItems && this.#backlog.bytes + bytes <= maxBytes) {
      this.#backlog.add(item, bytes);
      this.#schedule();
    } else if (this.#dropped++ === 0) {
      log(`queue is full (${this.#backlog.count} ${what}, ${toMiB(this.#backlog.bytes)} MiB): new ones are dropped`);
    }
  }

  /**
   * Sends everything that is stored. Resolves when it is delivered, as soon as the receiver refuses connections, or at the deadline; never rejects.
   * Does not keep the process running by itself.
   */
  flush(timeoutMs: number): Promise<void> {
    if (this.#backlog.count === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer);
        this.#flushes.delete(end);
        resolve();
      };
      const timer = setTimeout(end, timeoutMs).unref();
      this.#flushes.add(end);
      this.#sender.retryNow();
      void this.#work();
    });
  }

  /** Call it when a signal arrives that may end the process. */
  pause(): void {
    this.#pausedUntilMs = performance.now() + pauseAfterSignalMs;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#schedule();
  }

  /** Whether the last attempt succeeded, or the receiver at least responded that it is unavailable for now. */
  get isResponding(): boolean {
    return !silent.has(this.#options.endpoint);
  }

  /** What is not delivered, oldest first, in batches of the usual size. The first may be in flight. */
  pendingBatches(): Item[][] {
    return this.#backlog.batches();
  }

  /** @param items delivered by other means, at the end of the process */
  markDelivered(items: Item[]): void {
    this.#backlog.remove(items);
  }

  /** Logs what is lost, for the end of the process. */
  reportUndelivered(): void {
    const { what, endpoint } = this.#options;
    const { count } = this.#backlog;
    const verb = this.isResponding ? 'may not have been' : 'were not'; // the response may have come too late
    if (count > 0) log(`${count} ${what} ${verb} delivered to ${endpoint} before the process ended`);
    this.#reportDropped();
  }

  #sizeOf(item: Item): number | undefined {
    try {
      return this.#options.sizeOf(item);
    } catch {
      return undefined; // its values throw when they are read: it cannot be serialized either
    }
  }

  #schedule(): void {
    if (this.#working || this.#backlog.waitingCount === 0) return;
    if (this.#backlog.hasFullBatch || this.#flushes.size > 0) void this.#work();
    else this.#timer ??= setTimeout(() => this.#work(), this.#delayMs()).unref();
  }

  #delayMs(): number {
    const { delayMs } = this.#options;
    return this.#pausedUntilMs === 0 ? delayMs : Math.max(delayMs, this.#pausedUntilMs - performance.now());
  }

  #work(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#working ??= this.#sendBatches().finally(() => {
      this.#working = undefined;
      if (this.#backlog.count === 0) this.#endFlushes();
      this.#schedule();
    });
    return this.#working;
  }

  async #sendBatches(): Promise<void> {
    do {
      const batch = this.#backlog.startBatch();
      await batch[0]?.resource.waitForAsyncAttributes?.().catch(() => {}); // without those that failed
      await this.#sender.send(batch);
      this.#backlog.finishBatch();
      this.#reportRefused();
    } while (this.#backlog.hasFullBatch);
  }

  #endFlushes(): void {
    for (const end of this.#flushes) end();
  }

  #onAccepted(items: Item[], unserializable: number): void {
    this.#backlog.finishPart(items);
    this.#dropped += unserializable;
    silent.delete(this.#options.endpoint);
    if (unreachable.delete(this.#options.endpoint)) log(`${this.#options.endpoint} recovered`);
    this.#reportDropped();
  }

  #onRefused(items: Item[], error: ExportError | undefined): void {
    this.#backlog.finishPart(items);
    silent.delete(this.#options.endpoint);
    this.#refused += items.length;
    this.#refusal = error;
  }

  #onUnreachable(error: ExportError | undefined, pauseMs: number): number {
    if (isConnectionRefused(error)) this.#endFlushes();
    const { endpoint } = this.#options;
    if (isUnavailable(error)) silent.delete(endpoint);
    else silent.add(endpoint);
    if (!unreachable.has(endpoint)) {
      unreachable.add(endpoint);
      log(`cannot reach ${endpoint}: buffering spans and logs until it recovers (${reasonOf(error)})`);
    }
    return this.#flushes.size > 0 ? Math.min(pauseMs, flushPauseMs) : pauseMs;
  }

  #reportRefused(): void {
    const { what, endpoint } = this.#options;
    if (this.#refused > 0) log(`${this.#refused} ${what} were refused by ${endpoint}: ${reasonOf(this.#refusal)}`);
    this.#refused = 0;
  }

  #reportDropped(): void {
    if (this.#dropped > 0) log(`${this.#dropped} ${this.#options.what} were dropped`);
    this.#dropped = 0;
  }
}

function toMiB(bytes: number): string {
  return (bytes / 2 ** 20).toFixed(1);
}
