// The headers of an outgoing request that carry the trace: those of its own span, in place of what the application forwards or sets.
// Twice the same header is worse than none: a receiver joins the values by a comma, and discards both.
import { type Context, propagation } from '@opentelemetry/api';

/** Name, in lower case, and value of each header to add. */
export type TraceHeaders = Map<string, string>;

const baggage = 'baggage';

/** @returns nothing where the context is not to be propagated: the application's own headers then stay */
export function traceHeadersOf(context: Context): TraceHeaders {
  const headers: TraceHeaders = new Map();
  propagation.inject(context, headers, { set: (carrier, name, value) => carrier.set(name.toLowerCase(), value) });
  return headers;
}

/**
 * What remains of a header that the application has set.
 *
 * @param name in any case
 * @returns undefined where the header is replaced; a part of the value where only entries of the baggage are
 */
export function keepHeader(name: string, value: string, added: TraceHeaders): string | undefined {
  const field = name.toLowerCase();
  if (field === baggage) return keepBaggage(value, added.get(baggage));
  return isTraceField(field) && [...added.keys()].some((each) => each !== baggage) ? undefined : value;
}

/** Whether a header belongs to one of the propagators in use: without traceparent, for example, tracestate has no meaning. */
export function isTraceField(field: string): boolean {
  return propagation.fields().some((each) => each.toLowerCase() === field);
}

/** The entries that the context does not have. */
function keepBaggage(value: string, added: string | undefined): string | undefined {
  if (added === undefined) return value;
  const names = new Set(added.split(',').map(keyOf));
  const kept = value.split(',').filter((entry) => !names.has(keyOf(entry)));
  return kept.length > 0 ? kept.join(',').trim() : undefined;
}

function keyOf(entry: string): string {
  return entry.split('=', 1)[0]?.trim() ?? '';
}
