// One bounded queue per signal. What does not get through is counted and said on stderr, never dropped in silence.
import { context } from '@opentelemetry/api';
import { type ExportResult, ExportResultCode, suppressTracing } from '@opentelemetry/core';
import type { Resource } from '@opentelemetry/resources';

interface Exporter<Item> {
  export(items: Item[], done: (result: ExportResult) => void): void;
  shutdown(): Promise<void>;
}

export interface DeliveryOptions<Item> {
  /** What the items are called in messages. */
  what: string;
  /** Where they go, for messages. */
  endpoint: string;
  /** Called again after a failure: a gRPC channel that failed may wait for two minutes before it tries to connect. */
  createExporter: () => Exporter<Item>;
  /** Items kept at most, those on their way among them; with more, the newest are dropped and counted. */
  maxItems: number;
  /** Bytes kept at most, by `sizeOf`. */
  maxBytes: number;
  /** About how much memory an item takes. */
  sizeOf: (item: Item) => number;
  maxBatchItems: number;
  /** How long an item waits for others to share its batch. */
  delayMs: number;
}

const flushTimeoutMs = 5_000;
/** For an endpoint that has not answered lately: the process shall not be held up long. */
const flushTimeoutWhenAwayMs = 1_000;
const firstPauseMs = 250;
const longestPauseMs = 5_000;

/** gRPC's CANCELLED, DEADLINE_EXCEEDED, RESOURCE_EXHAUSTED, ABORTED, OUT_OF_RANGE, UNAVAILABLE, DATA_LOSS, and HTTP's own: https://opentelemetry.io/docs/specs/otlp/ */
const codesWorthARetry = new Set<unknown>([1, 4, 8, 10, 11, 14, 15, 429, 502, 503, 504]);

/** A gRPC server takes 4 MiB unless it is told otherwise, and refuses more with a code that else means "busy"; HTTP has one of its own. */
const tooLarge = { message: /larger than max|too large/i, code: 413 };

/** gRPC's INVALID_ARGUMENT: what cannot even be encoded is not worth a retry. */
const invalidArgument = 3;

/** The endpoints that have not answered lately: both signals may go to the same one, and it is said once. */
const away = new Set<string>();

export class DeliveryQueue<Item extends { resource: Resource }> {
  readonly #options: DeliveryOptions<Item>;
  #exporter: Exporter<Item>;
  #waiting: Item[] = [];
  #onTheWay: Item[] = [];
  /** Of the items that wait and those on their way, and of each that waits. */
  #bytes = 0;
  #sizes: number[] = [];
  #working: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #flushes = 0;
  #endPause = () => {};
  #dropped = 0;

  constructor(options: DeliveryOptions<Item>) {
    this.#options = options;
    this.#exporter = options.createExporter();
    process.once('exit', () => this.#sayWhatIsLeft());
  }

  add(item: Item): void {
    const { maxItems, maxBytes, sizeOf, what } = this.#options;
    const bytes = sizeOf(item);
    if (this.#size >= maxItems || this.#bytes + bytes > maxBytes) {
      if (this.#dropped++ === 0) say(`${this.#size} ${what} (${toMiB(this.#bytes)} MiB) wait already: new ones are dropped`);
      return;
    }
    this.#waiting.push(item);
    this.#sizes.push(bytes);
    this.#bytes += bytes;
    this.#schedule();
  }

  /** Sends all that waits. Resolves when nothing is left, or after 5 s, or 1 s where nobody has answered lately; never rejects. */
  async flush(): Promise<void> {
    if (this.#size === 0) return;
    this.#flushes += 1;
    this.#endPause();
    let isLate = false;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      const end = () => {
        isLate = true;
        resolve();
      };
      timer = setTimeout(end, away.has(this.#options.endpoint) ? flushTimeoutWhenAwayMs : flushTimeoutMs); // holds the process until then
    });
    while (this.#size > 0 && !isLate) await Promise.race([this.#work(), late]);
    clearTimeout(timer);
    this.#flushes -= 1;
  }

  get #size(): number {
    return this.#waiting.length + this.#onTheWay.length;
  }

  #schedule(): void {
    if (this.#working || this.#waiting.length === 0) return;
    if (this.#waiting.length >= this.#options.maxBatchItems) void this.#work();
    else this.#timer ??= setTimeout(() => this.#work(), this.#options.delayMs).unref();
  }

  #work(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#working ??= this.#sendBatches().finally(() => {
      this.#working = undefined;
      this.#schedule();
    });
    return this.#working;
  }

  async #sendBatches(): Promise<void> {
    do {
      this.#onTheWay = this.#waiting.splice(0, this.#options.maxBatchItems);
      const bytes = this.#sizes.splice(0, this.#options.maxBatchItems).reduce((sum, size) => sum + size, 0);
      await this.#deliver(this.#onTheWay);
      this.#onTheWay = [];
      this.#bytes -= bytes;
    } while (this.#waiting.length >= (this.#flushes > 0 ? 1 : this.#options.maxBatchItems));
  }

  /** Resolves when the batch is accepted, or refused for good. */
  async #deliver(batch: Item[]): Promise<void> {
    await batch[0]?.resource.waitForAsyncAttributes?.();
    for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
      const { code, error } = await this.#export(batch);
      if (code === ExportResultCode.SUCCESS) return this.#sayItIsBack();
      if (isTooLarge(error) && batch.length > 1) {
        const half = Math.ceil(batch.length / 2);
        await this.#deliver(batch.slice(0, half));
        return this.#deliver(batch.slice(half));
      }
      if (isTooLarge(error) || !isWorthARetry(error)) {
        this.#dropped += batch.length;
        return say(`${batch.length} ${this.#options.what} were refused by ${this.#options.endpoint}: ${reasonOf(error)}`);
      }
      this.#sayItIsAway(error);
      await this.#pause(this.#flushes > 0 ? firstPauseMs : pauseMs);
      void this.#exporter.shutdown().catch(() => {});
      this.#exporter = this.#options.createExporter();
    }
  }

  #export(batch: Item[]): Promise<ExportResult> {
    return new Promise((resolve) => {
      try {
        context.with(suppressTracing(context.active()), () => this.#exporter.export(batch, resolve));
      } catch (cause) {
        resolve({ code: ExportResultCode.FAILED, error: Object.assign(new Error(String(cause)), { code: invalidArgument }) });
      }
    });
  }

  #pause(pauseMs: number): Promise<void> {
    return new Promise((resolve) => {
      this.#endPause = resolve;
      setTimeout(resolve, pauseMs).unref();
    });
  }

  #sayItIsAway(error: Error | undefined): void {
    const { endpoint } = this.#options;
    if (away.has(endpoint)) return;
    away.add(endpoint);
    say(`no answer from ${endpoint} (${reasonOf(error)}); spans and log records are kept, and sent when it answers`);
  }

  #sayItIsBack(): void {
    if (away.delete(this.#options.endpoint)) say(`${this.#options.endpoint} answers`);
    this.#sayWhatIsDropped();
  }

  #sayWhatIsDropped(): void {
    if (this.#dropped > 0) say(`${this.#dropped} ${this.#options.what} were dropped`);
    this.#dropped = 0;
  }

  #sayWhatIsLeft(): void {
    if (this.#size > 0)
      say(`${this.#size} ${this.#options.what} were not delivered to ${this.#options.endpoint} before the process ended`);
    this.#sayWhatIsDropped();
  }
}

function say(sentence: string): void {
  process.stderr.write(`telemetry: ${sentence}\n`);
}

function toMiB(bytes: number): string {
  return (bytes / 2 ** 20).toFixed(1);
}

/** The part of grpc-js' message that a person can use. */
function reasonOf(error: Error | undefined): string | undefined {
  return error?.message.replace(/^.*Last error: (Error: )?|\.? Resolution note:.*$/g, '');
}

function isTooLarge(error: Error | undefined): boolean {
  return tooLarge.message.test(error?.message ?? '') || (error as { code?: unknown } | undefined)?.code === tooLarge.code;
}

function isWorthARetry(error: unknown): boolean {
  const code = (error as { code?: unknown } | undefined)?.code;
  return typeof code !== 'number' || codesWorthARetry.has(code);
}
