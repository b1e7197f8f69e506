// Copies values that an application sets on a span or a log record. The original may be cyclic or unbounded, may change later, or may throw
// when it is read. The copy is small enough for any receiver and holds no references to the application's objects.
import { types } from 'node:util';

export const limits = {
  /** Levels of nesting. Protocol buffer decoders accept about 100 nested messages, and each level of objects takes three. */
  depth: 24,
  /** Values read per span or record. */
  values: 10_000,
  /** Characters of strings and keys plus bytes of binary data, per span or record. gRPC servers accept requests of up to 4 MiB. */
  size: 2 ** 20,
} as const;

export const truncated = '[truncated]';
const circular = '[circular]';
const unreadable = '[unreadable]';

/** OpenTelemetry's AnyValue, plus 64-bit integers as bigint. */
type BoundedValue = string | number | boolean | bigint | null | Uint8Array | BoundedValue[] | BoundedAttributes;
export type BoundedAttributes = { [key: string]: BoundedValue };

/** Create one for each span, event or record. All values that it copies share its limits. */
export class BoundedCopy {
  readonly #keepsBigints: boolean;
  readonly #ancestors: object[] = [];
  #values = 0;
  #size = 0;

  /** @param keepsBigints if false, as for spans, bigints become numbers, or strings if a number would lose digits */
  constructor({ keepsBigints }: { keepsBigints: boolean }) {
    this.#keepsBigints = keepsBigints;
  }

  /** @returns undefined only for undefined */
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

  /** @returns the attributes, and the number of attributes that exceeded the limits */
  attributes(original: unknown): { attributes: BoundedAttributes; droppedCount: number } {
    const attributes: BoundedAttributes = {};
    if (typeof original !== 'object' || original === null) return { attributes, droppedCount: 0 };
    if (Array.isArray(original) || ArrayBuffer.isView(original)) return { attributes, droppedCount: 1 };
    const droppedCount = this.#copyProperties(original, attributes);
    if (Object.hasOwn(attributes, '')) delete attributes['']; // not a valid attribute key
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
    if (types.isSet(original)) return this.#list([...Set.prototype.values.call(original).take(limits.values)]);
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

  /** Uses the property names of pino's error serializer, and includes these properties even if they are not enumerable. */
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

  /** @returns the number of properties that exceeded the limits */
  #copyProperties(original: object, copy: BoundedAttributes): number {
    const isProxy = types.isProxy(original);
    // Object.keys() queries a proxy for the descriptor of every property, however many there are.
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

/** Truncates integers of more than 1,024 bits, because converting a million digits would take seconds. */
export function bigintText(integer: bigint): string {
  return BigInt.asIntN(1_024, integer) === integer ? integer.toString() : truncated;
}

function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** Defines `__proto__` as an own property, because assigning to it would set the prototype. */
export function setProperty(target: BoundedAttributes, key: string, value: BoundedValue | undefined): void {
  if (value === undefined) return;
  if (key === '__proto__') Object.defineProperty(target, key, { value, enumerable: true, writable: true, configurable: true });
  else target[key] = value;
}

/** Copies a slice of a string, because V8 stores a slice as a reference that retains the original: up to Node.js 24, also as a Map key. */
export function withoutParent(text: string): string {
  return Buffer.from(text, 'utf16le').toString('utf16le');
}
