// Protocol buffers, as far as OTLP needs them: https://protobuf.dev/programming-guides/encoding/
const variable = 0;
const fixed64 = 1;
const lengthDelimited = 2;
const fixed32 = 5;

const traceIdBytes = 16;
const spanIdBytes = 8;
const traceIdPrefixes = prefixesOf(traceIdBytes);
const spanIdPrefixes = prefixesOf(spanIdBytes);

/** Upper limit for the tag and the length or number of a field, without its text. */
const mostBytes = 24;

/** Undocumented methods of a buffer. `write()` calls them after it has read its arguments, which takes as long again. */
interface DirectWrites {
  utf8Write(text: string, at: number): number;
  hexWrite(digits: string, at: number, length: number): number;
}
const { utf8Write = writeUtf8, hexWrite = writeHex } = Buffer.prototype as Partial<DirectWrites>;

function writeUtf8(this: Buffer, text: string, at: number): number {
  return this.write(text, at);
}

function writeHex(this: Buffer, digits: string, at: number, length: number): number {
  return this.write(digits, at, length, 'hex');
}

/** Writes the fields of a message one after the other. */
export class ProtobufWriter {
  #bytes: Buffer;
  #at = 0;

  /** @param bytes estimated size of the message; the buffer grows if needed */
  constructor(bytes: number) {
    this.#bytes = Buffer.allocUnsafeSlow(bytes);
  }

  /** Number of bytes written so far. */
  get length(): number {
    return this.#at;
  }

  /** Discards all bytes after this length. */
  truncate(length: number): void {
    this.#at = length;
  }

  /** @returns a copy of the bytes after this length */
  copyFrom(length: number): Uint8Array {
    return Uint8Array.prototype.slice.call(this.#bytes, length, this.#at);
  }

  /** Writes fields that are encoded already. */
  copy(fields: Uint8Array): void {
    this.#reserve(fields.length);
    this.#bytes.set(fields, this.#at);
    this.#at += fields.length;
  }

  /** @returns the message */
  finish(): Uint8Array {
    return this.#bytes.subarray(0, this.#at);
  }

  /** @param value an integer from -2^63 to 2^63 - 1 */
  integer(field: number, value: number | bigint): void {
    this.#reserve(mostBytes);
    this.#tag(field, variable);
    if (typeof value === 'number' && value >= 0 && value < 2 ** 31) this.#varint(value);
    else this.#longVarint(BigInt.asUintN(64, BigInt(value)));
  }

  double(field: number, value: number): void {
    this.#reserve(mostBytes);
    this.#tag(field, fixed64);
    this.#at = this.#bytes.writeDoubleLE(value, this.#at);
  }

  /** @param value 32 bits */
  flags(field: number, value: number): void {
    this.#reserve(mostBytes);
    this.#tag(field, fixed32);
    this.#uint32(value);
  }

  /** As nanoseconds since 1970, in 64 bits: more than a number holds. */
  time(field: number, time: [number, number]): void {
    const seconds = time[0]; // destructuring would run the array's iterator
    const nanoseconds = time[1];
    this.#reserve(mostBytes);
    this.#tag(field, fixed64);
    const low = Math.imul(seconds, 1e9) >>> 0;
    const high = Math.round((seconds * 1e9 - low) / 2 ** 32);
    const sum = low + nanoseconds;
    this.#uint32(sum);
    this.#uint32(sum < 2 ** 32 ? high : high + 1);
  }

  /**
   * The bytes of a trace id, of a span id in the next field, and of a parent's span id. Receivers refuse a request with an id of any other
   * length, but for an empty one. All ids and their prefixes are decoded in one call, because the call takes most of the time.
   *
   * @param traceId hexadecimal, like all ids here
   * @param parentId none if it is empty
   */
  ids(field: number, traceId: string, spanId: string, parentField = 0, parentId = ''): void {
    const hasUsual = (digits: string) => digits.length === spanIdBytes * 2;
    if (traceId.length === traceIdBytes * 2 && hasUsual(spanId) && (!parentId || hasUsual(parentId))) {
      const pair = `${traceIdPrefixes[field]}${traceId}${spanIdPrefixes[field + 1]}${spanId}`;
      const digits = parentId ? `${pair}${spanIdPrefixes[parentField]}${parentId}` : pair;
      const bytes = digits.length / 2;
      this.#reserve(bytes);
      if (hexWrite.call(this.#bytes, digits, this.#at, bytes) === bytes) {
        this.#at += bytes;
        return;
      }
    }
    this.#id(field, traceId, traceIdBytes);
    this.#id(field + 1, spanId, spanIdBytes);
    if (parentId) this.#id(parentField, parentId, spanIdBytes);
  }

  #id(field: number, digits: string, length: number): void {
    this.#reserve(mostBytes + length);
    this.#tag(field, lengthDelimited);
    const written = digits.length === length * 2 ? hexWrite.call(this.#bytes, digits, this.#at + 1, length) : 0;
    const isComplete = written === length;
    this.#byte(isComplete ? length : 0);
    if (isComplete) this.#at += length;
  }

  /**
   * Copied by Node.js, never a character at a time: V8 has so many kinds of strings that `charCodeAt`, where it has met
   * more than four of them, takes some 20 ns for each character.
   */
  text(field: number, value: string): void {
    const text = typeof value === 'string' ? value : String(value); // JavaScript lets a name be anything
    const characters = text.length; // read once: there are so many kinds of strings that V8 looks the property up
    this.#reserve(mostBytes + characters * 3);
    this.#tag(field, lengthDelimited);
    const start = this.#at;
    this.#varint(characters); // right if all is ASCII, as most is
    const length = utf8Write.call(this.#bytes, text, this.#at);
    if (length !== characters) {
      this.#at = start;
      this.#varint(length);
      utf8Write.call(this.#bytes, text, this.#at);
    }
    this.#at += length;
  }

  bytes(field: number, value: Uint8Array): void {
    this.#reserve(mostBytes + value.length);
    this.#tag(field, lengthDelimited);
    this.#varint(value.length);
    this.#bytes.set(value, this.#at);
    this.#at += value.length;
  }

  /**
   * Begins a message within this one.
   *
   * @param lengthBytes expected size of the length field: one byte up to 127, two up to 16,383
   * @returns the argument for `end`
   */
  begin(field: number, lengthBytes = 1): number {
    this.#reserve(mostBytes);
    this.#tag(field, lengthDelimited);
    this.#at += lengthBytes;
    return this.#at;
  }

  /** @param lengthBytes as for `begin` */
  end(begun: number, lengthBytes = 1): void {
    this.#reserve(mostBytes);
    const length = this.#at - begun;
    this.#at = begun - lengthBytes;
    const needed = bytesOf(length);
    if (needed !== lengthBytes) this.#bytes.copyWithin(this.#at + needed, begun, begun + length);
    this.#varint(length);
    this.#at += length;
  }

  #tag(field: number, wireType: number): void {
    this.#varint((field << 3) | wireType);
  }

  /** @param value from 0 to 2^31 - 1 */
  #varint(value: number): void {
    let rest = value;
    for (; rest > 127; rest >>= 7) this.#byte(rest | 128);
    this.#byte(rest);
  }

  #longVarint(value: bigint): void {
    let rest = value;
    for (; rest > 127n; rest >>= 7n) this.#byte(Number(rest & 127n) | 128);
    this.#byte(Number(rest));
  }

  #uint32(value: number): void {
    const bytes = this.#bytes;
    const at = this.#at;
    bytes[at] = value;
    bytes[at + 1] = value >>> 8;
    bytes[at + 2] = value >>> 16;
    bytes[at + 3] = value >>> 24;
    this.#at = at + 4;
  }

  #byte(value: number): void {
    this.#bytes[this.#at++] = value;
  }

  #reserve(bytes: number): void {
    if (this.#at + bytes <= this.#bytes.length) return;
    const written = this.finish();
    this.#bytes = Buffer.allocUnsafeSlow((this.#at + bytes) * 2);
    this.#bytes.set(written);
  }
}

function bytesOf(varint: number): number {
  return Math.ceil((32 - Math.clz32(varint | 1)) / 7);
}

/** @returns what precedes an id, for each field up to 15: its tag and the length, a byte each, in hexadecimal */
function prefixesOf(length: number): string[] {
  return Array.from({ length: 16 }, (_, field) => Buffer.of((field << 3) | lengthDelimited, length).toString('hex'));
}
