// Counts the spans or log records of an export request without decoding them: both are field 2 of field 2 of field 1.
// https://github.com/open-telemetry/opentelemetry-proto

/** @param request an ExportTraceServiceRequest or ExportLogsServiceRequest, as protobuf */
export function countOtlpItems(request: Buffer): number {
  const path = [1, 2, 2];
  let count = 0;
  const walk = (from: number, to: number, depth: number): void => {
    for (const field of fieldsOf(request, from, to)) {
      if (field.number !== path[depth]) continue;
      if (depth === path.length - 1) count += 1;
      else walk(field.from, field.to, depth + 1);
    }
  };
  walk(0, request.length, 0);
  return count;
}

/** Yields the length-delimited fields in order and skips other wire types. */
function* fieldsOf(bytes: Buffer, from: number, to: number): Generator<{ number: number; from: number; to: number }> {
  let at = from;
  const varint = (): number => {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = bytes[at++] as number;
      value += (byte & 127) * factor;
      if (byte < 128) return value;
    }
  };
  const skip: Record<number, () => void> = { 0: varint, 1: () => (at += 8), 5: () => (at += 4) };
  while (at < to) {
    const key = varint();
    const number = Math.floor(key / 8);
    if (key % 8 === 2) {
      const length = varint();
      yield { number, from: at, to: at + length };
      at += length;
    } else skip[key % 8]?.();
  }
}
