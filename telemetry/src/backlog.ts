// The items of a queue: those that are waiting, and the batch in flight.

/** gRPC servers accept requests of up to 4 MiB. A serialized item is smaller than its estimated size, except for non-ASCII strings. */
const maxBatchBytes = 2 * 2 ** 20;

export class Backlog<Item> {
  readonly #maxBatchItems: number;
  #waiting: Item[] = [];
  /** Estimated size of each waiting item, in bytes. */
  #sizes: number[] = [];
  #waitingBytes = 0;
  #inFlight: Item[] = [];
  #inFlightBytes = 0;

  constructor(maxBatchItems: number) {
    this.#maxBatchItems = maxBatchItems;
  }

  get count(): number {
    return this.#waiting.length + this.#inFlight.length;
  }

  get waitingCount(): number {
    return this.#waiting.length;
  }

  get bytes(): number {
    return this.#waitingBytes + this.#inFlightBytes;
  }

  get hasFullBatch(): boolean {
    return this.#waiting.length >= this.#maxBatchItems || this.#waitingBytes >= maxBatchBytes;
  }

  add(item: Item, bytes: number): void {
    this.#waiting.push(item);
    this.#sizes.push(bytes);
    this.#waitingBytes += bytes;
  }

  /** Moves the next batch in flight and returns it. */
  startBatch(): Item[] {
    const length = this.#batchLength(0);
    this.#inFlight = this.#waiting.splice(0, length);
    this.#inFlightBytes = sum(this.#sizes.splice(0, length));
    this.#waitingBytes -= this.#inFlightBytes;
    return this.#inFlight;
  }

  /** @param part delivered or dropped items of the batch in flight */
  finishPart(part: Item[]): void {
    if (part.length === this.#inFlight.length) this.#inFlight = [];
    else this.#inFlight = without(this.#inFlight, part);
  }

  finishBatch(): void {
    this.#inFlight = [];
    this.#inFlightBytes = 0;
  }

  /** Returns all undelivered items in order: the batch in flight, then batches of waiting items. */
  batches(): Item[][] {
    const batches = this.#inFlight.length > 0 ? [this.#inFlight] : [];
    for (let start = 0; start < this.#waiting.length; ) {
      const end = start + this.#batchLength(start);
      batches.push(this.#waiting.slice(start, end));
      start = end;
    }
    return batches;
  }

  /** @param items delivered in another way, or dropped */
  remove(items: Item[]): void {
    this.#inFlight = without(this.#inFlight, items);
    const sizes = new Map(this.#waiting.map((item, index) => [item, this.#sizes[index] as number]));
    this.#waiting = without(this.#waiting, items);
    this.#sizes = this.#waiting.map((item) => sizes.get(item) as number);
    this.#waitingBytes = sum(this.#sizes);
  }

  /** @param start index of the first waiting item of the batch */
  #batchLength(start: number): number {
    const end = Math.min(start + this.#maxBatchItems, this.#waiting.length);
    let bytes = 0;
    let index = start;
    while (index < end && (index === start || bytes + (this.#sizes[index] as number) <= maxBatchBytes)) {
      bytes += this.#sizes[index] as number;
      index += 1;
    }
    return index - start;
  }
}

function without<Item>(items: Item[], removed: Item[]): Item[] {
  const set = new Set(removed);
  return items.filter((item) => !set.has(item));
}

function sum(numbers: number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
