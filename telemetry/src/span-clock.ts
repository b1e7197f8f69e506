// The SDK starts a span at a whole millisecond, so a child may seem to end after its parent. Here it starts at the microsecond.
import type { Context } from '@opentelemetry/api';
import { trace } from '@opentelemetry/api';
import { millisToHrTime } from '@opentelemetry/core';
import type { Span, SpanProcessor } from '@opentelemetry/sdk-trace';

/** How far the wall clock is ahead of `performance.now()`, in ms. */
let offsetMs = performance.timeOrigin;

const spanOffset = Symbol('opentelemetry.offset');

/** What the SDK's span keeps to compute its end from its start. */
type Timed = Span & {
  startTime: [number, number];
  _performanceStartTime?: number;
  _startTimeProvided?: boolean;
  [spanOffset]?: number;
};

/** Sets the start time of each span whose creator has not given one. All spans of a trace in this process share one clock. */
export const preciseStart: SpanProcessor = {
  onStart(started: Span, parentContext: Context): void {
    const span = started as Timed;
    if (span._startTimeProvided !== false || typeof span._performanceStartTime !== 'number') return; // another version of the SDK
    const parent = trace.getSpan(parentContext) as Timed | undefined;
    const offset = parent?.[spanOffset] ?? currentOffsetMs(span._performanceStartTime);
    span[spanOffset] = offset;
    span.startTime = millisToHrTime(offset + span._performanceStartTime);
  },
  onEnd() {},
  forceFlush: async () => {},
  shutdown: async () => {},
};

/**
 * The wall clock is set and slewed while the process runs. `Date.now()` is cut to the millisecond, so it tells the offset
 * only within one; the offset moves by no more than it takes to fit.
 */
function currentOffsetMs(nowMs: number): number {
  const aheadMs = Date.now() - (offsetMs + nowMs);
  if (aheadMs > 0) offsetMs += aheadMs;
  else if (aheadMs < -1) offsetMs += aheadMs + 1;
  return offsetMs;
}
