// Copies what an application puts on a span or a log record. The original may be cyclic or endless, change later, or throw when it is read.
// The copy is small enough for any receiver, and holds no reference to the application's objects.
import { types } from 'node:util';

export const limits = {
  /** Levels of nesting. Decoders of protocol buffers accept about 100 messages within each other, and a level of objects takes three. */
  depth: 24,
  /** Values read, for one span or record. */
  values: 10_000,
  /** Characters of texts and keys, and bytes of binary data, for one span or record: gRPC servers accept 4 MiB in a request. */
  size: 2 ** 20,
} as const;

export const truncated = '[truncated]';
const circular = '[circular]';
const unreadable = '[unreadable]';

/** What comes out: AnyValue of OpenTelemetry, and integers of 64 bits. */
export type BoundedValue = string | number | boolean | bigint | null | Uint8Array | BoundedValue[] | BoundedAttributes;
export type BoundedAttributes = { [key: string]: BoundedValue };

/** One for each span, event or record: all its values share the limits. */
export class BoundedCopy {
  readonly #keepsBigints: boolean;
  readonly #ancestors: object[] = [];
  #values = 0;
  #size = 0;

  /** @param keepsBigints where false, as for spans, integers of 64 bits become numbers, or text where a number would lose digits */
  constructor({ keepsBigints }: { keepsBigints: boolean }) {
    this.#keepsBigints = keepsBigints;
  }

  /** @returns undefined for undefined */
  value(original: unknown): BoundedValue | undefined {
    this.#values += 1;
    switch (typeof original) {
      case 'string':
        return this.#text(original);
      case 'number':
      case 'boolean':
      case 'undefined':
        return original;
      case 'bigint':
        return this.#integer(original);
      case 'symbol':
        return this.#text(original.toString());
      case 'function':
        return '[function]';
      default:
        return original === null ? null : this.#object(original as object);
    }
  }

  /** @returns the attributes, and how many there was no room for */
  attributes(original: unknown): { attributes: BoundedAttributes; droppedCount: number } {
    const attributes: BoundedAttributes = {};
    if (typeof original !== 'object' || original === null) return { attributes, droppedCount: 0 };
    if (Array.isArray(original) || ArrayBuffer.isView(original)) return { attributes, droppedCount: 1 };
    const droppedCount = this.#copyProperties(original, attributes);
    if (Object.hasOwn(attributes, '')) delete attributes['']; // not a key of an attribute
    return { attributes, droppedCount };
  }

  get #isFull(): boolean {
    return this.#values >= limits.values || this.#size >= limits.size;
  }

  #text(text: string): string {
    const room = limits.size - this.#size;
    this.#size += Math.min(text.length, room);
    return text.length <= room ? text : withoutParent(text.slice(0, room)) + truncated;
  }

  #bytes(bytes: Uint8Array): Uint8Array {
    const length = Math.min(bytes.length, limits.size - this.#size);
    this.#size += length;
    return new Uint8Array(bytes.subarray(0, length));
  }

  #integer(integer: bigint): BoundedValue {
    const hasRoom = BigInt.asIntN(64, integer) === integer;
    if (hasRoom && this.#keepsBigints) return integer;
    if (hasRoom && Number.isSafeInteger(Number(integer))) return Number(integer);
    return bigintText(integer);
  }

  #object(original: object): BoundedValue {
    if (this.#ancestors.includes(original)) return circular;
    if (this.#ancestors.length >= limits.depth || this.#isFull) return truncated;
    this.#ancestors.push(original);
    try {
      return this.#copy(original);
    } catch {
      return unreadable;
    } finally {
      this.#ancestors.pop();
    }
  }

  #copy(original: object): BoundedValue {
    if (Array.isArray(original)) return this.#list(original);
    if (types.isProxy(original) || isPlain(original)) return this.#properties(original);
    if (types.isUint8Array(original)) return this.#bytes(original);
    if (types.isTypedArray(original)) return this.#list(original);
    if (types.isAnyArrayBuffer(original)) return this.#bytes(new Uint8Array(original));
    if (types.isDataView(original)) {
      return this.#bytes(new Uint8Array(original.buffer, original.byteOffset, original.byteLength));
    }
    if (types.isDate(original)) {
      const time = Date.prototype.getTime.call(original);
      return Number.isNaN(time) ? 'Invalid Date' : new Date(time).toISOString();
    }
    if (types.isMap(original)) return this.#map(original);
    if (types.isSet(original)) return this.#collection(Set.prototype.values.call(original));
    if (types.isNativeError(original)) return this.#error(original);
    if (types.isStringObject(original)) return this.#text(String.prototype.toString.call(original));
    if (types.isNumberObject(original)) return Number.prototype.valueOf.call(original);
    if (types.isBooleanObject(original)) return Boolean.prototype.valueOf.call(original);
    return this.#properties(original);
  }

  #list(original: ArrayLike<unknown>): BoundedValue[] {
    const list: BoundedValue[] = [];
    for (let index = 0; index < original.length; index += 1) {
      if (this.#isFull) return [...list, truncated];
      list.push(this.#read(original, index) ?? null);
    }
    return list;
  }

  #collection(original: Iterable<unknown>): BoundedValue[] {
    const list: BoundedValue[] = [];
    for (const each of original) {
      if (this.#isFull) return [...list, truncated];
      list.push(this.value(each) ?? null);
    }
    return list;
  }

  #map(original: Map<unknown, unknown>): BoundedAttributes {
    const map: BoundedAttributes = {};
    for (const [key, each] of Map.prototype.entries.call(original)) {
      if (this.#isFull) return Object.assign(map, { [truncated]: truncated });
      setProperty(
        map,
        this.#text(typeof key === 'object' || typeof key === 'function' ? '[object]' : String(key)),
        this.value(each),
      );
    }
    return map;
  }

  /** The names are those of pino's error serializer; none of them needs to be enumerable. */
  #error(original: Error): BoundedAttributes {
    const error: BoundedAttributes = {};
    setProperty(error, 'type', this.#read(original, 'name'));
    for (const key of ['message', 'stack', 'cause', 'errors']) {
      if (key in original) setProperty(error, key, this.#read(original, key));
    }
    return this.#properties(original, error);
  }

  #properties(original: object, copy: BoundedAttributes = {}): BoundedAttributes {
    if (this.#copyProperties(original, copy) > 0) copy[truncated] = truncated;
    return copy;
  }

  /** @returns how many there was no room for */
  #copyProperties(original: object, copy: BoundedAttributes): number {
    const isProxy = types.isProxy(original);
    // Object.keys asks a proxy for each of its properties, however many there are.
    const keys = isProxy ? Reflect.ownKeys(original) : Object.keys(original);
    for (let index = 0; index < keys.length; index += 1) {
      if (this.#isFull) return keys.length - index;
      const key = keys[index];
      if (typeof key !== 'string' || Object.hasOwn(copy, key)) continue;
      if (isProxy) {
        this.#values += 1;
        if (!Object.prototype.propertyIsEnumerable.call(original, key)) continue;
      }
      const value = this.#read(original, key);
      if (value !== undefined) setProperty(copy, this.#text(key), value);
    }
    return 0;
  }

  #read(original: object, key: string | number): BoundedValue | undefined {
    try {
      return this.value(original[key as never]);
    } catch {
      return unreadable;
    }
  }
}

/** A million digits would take seconds. */
export function bigintText(integer: bigint): string {
  return BigInt.asIntN(1_024, integer) === integer ? integer.toString() : truncated;
}

function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** Not by assignment: `__proto__` would set the prototype. */
export function setProperty(target: BoundedAttributes, key: string, value: BoundedValue | undefined): void {
  if (value === undefined) return;
  if (key === '__proto__') Object.defineProperty(target, key, { value, enumerable: true, writable: true, configurable: true });
  else target[key] = value;
}

/** V8 would hold the text it was cut from as long as the cut one. */
function withoutParent(text: string): string {
  return Buffer.from(text, 'utf16le').toString('utf16le');
}
