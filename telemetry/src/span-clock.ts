// Start times with microsecond precision. The SDK truncates them to milliseconds, so a child span may appear to end after its parent.
import { type Context, type HrTime, trace } from '@opentelemetry/api';
import { addHrTimes, millisToHrTime } from '@opentelemetry/core';
import type { Span } from '@opentelemetry/sdk-trace';

/** Difference between the wall clock and `performance.now()`, in ms. */
let offsetMs = performance.timeOrigin;

const spanOffset = Symbol('opentelemetry.offset');

/** The internal fields from which the SDK's span computes its end time. */
type Timed = Span & {
  startTime: [number, number];
  _performanceStartTime?: number;
  _startTimeProvided?: boolean;
  [spanOffset]?: number;
};

/** Sets the start time of a span created without an explicit one. All spans of a trace in this process share one clock offset. */
export function setPreciseStart(started: Span, parentContext: Context): void {
  const span = started as Timed;
  if (span._startTimeProvided !== false || typeof span._performanceStartTime !== 'number') return; // the SDK's internals differ
  const parent = trace.getSpan(parentContext) as Timed | undefined;
  const offset = parent?.[spanOffset] ?? currentOffsetMs(span._performanceStartTime);
  span[spanOffset] = offset;
  span.startTime = millisToHrTime(offset + span._performanceStartTime);
}

/** @returns a time of `performance.now()` by the clock of the span; undefined if the SDK's internals differ */
export function timeOf(span: object, atMs: number): HrTime | undefined {
  const { startTime, _performanceStartTime: startedAt, _startTimeProvided: isProvided } = span as Partial<Timed>;
  if (!startTime || isProvided !== false || typeof startedAt !== 'number') return undefined;
  return addHrTimes(startTime, millisToHrTime(atMs - startedAt));
}

/**
 * Returns the offset, adjusted to the wall clock, which may be set or slewed while the process runs. `Date.now()` is truncated to the
 * millisecond, so the offset is adjusted only if it is inconsistent with it, by the smallest necessary amount.
 */
function currentOffsetMs(nowMs: number): number {
  const aheadMs = Date.now() - (offsetMs + nowMs);
  if (aheadMs > 0) offsetMs += aheadMs;
  else if (aheadMs < -1) offsetMs += aheadMs + 1;
  return offsetMs;
}
