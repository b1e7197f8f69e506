// The trace headers of an outgoing request: those of its own span replace the ones that the application forwards or sets.
// A duplicate header is worse than none, because the receiver joins both values with a comma and discards the result.
import { type Context, propagation } from '@opentelemetry/api';

/** Headers to add, by lowercase name. */
export type TraceHeaders = Map<string, string>;

const baggage = 'baggage';

/** @returns an empty map if the context must not be propagated; the application's own headers are then left unchanged */
export function traceHeadersOf(context: Context): TraceHeaders {
  const headers: TraceHeaders = new Map();
  propagation.inject(context, headers, { set: (carrier, name, value) => carrier.set(name.toLowerCase(), value) });
  return headers;
}

/**
 * Returns the value to retain of a header that the application has set.
 *
 * @param name case-insensitive
 * @returns undefined if the header is replaced; for `baggage`, the entries that are not replaced
 */
export function keepHeader(name: string, value: string, added: TraceHeaders): string | undefined {
  const field = name.toLowerCase();
  if (field === baggage) return keepBaggage(value, added.get(baggage));
  return isTraceField(field) && [...added.keys()].some((each) => each !== baggage) ? undefined : value;
}

/** Does the same with each header of a serialized request. */
export function keepLines(lines: string[], added: TraceHeaders): string[] {
  return lines.flatMap((line) => {
    const colon = line.indexOf(':');
    const name = line.slice(0, colon);
    const given = line.slice(colon + 1).trim();
    const value = keepHeader(name, given, added);
    return value === given ? line : value === undefined ? [] : `${name}: ${value}`;
  });
}

/** Whether a header belongs to a propagator in use. All of them are replaced together: tracestate has no meaning without its traceparent. */
export function isTraceField(field: string): boolean {
  return propagation.fields().some((each) => each.toLowerCase() === field);
}

/** Drops the entries that the context also has. */
function keepBaggage(value: string, added: string | undefined): string | undefined {
  if (added === undefined) return value;
  const names = new Set(added.split(',').map(keyOf));
  const kept = value.split(',').filter((entry) => !names.has(keyOf(entry)));
  return kept.length > 0 ? kept.join(',').trim() : undefined;
}

function keyOf(entry: string): string {
  return entry.split('=', 1)[0]?.trim() ?? '';
}
