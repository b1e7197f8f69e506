// What each fault does to writes, as it can be measured in their spans and log lines. In the order of docs/lessons.md.
import { chain, isCompleteWrite } from '../page/complete-trace.ts';
import type { LogLine, Span } from '../page/stores/stores.ts';

/** A write and what has arrived of it. */
export interface Write {
  status: number;
  /** Of the response: the trace of the row's INSERT, or of the error. */
  traceId: string;
  spans: Span[];
  logs: LogLine[];
}

export type Writes = [Write, ...Write[]];

export interface Symptom {
  /** How many are needed to see it. One unless given. */
  writes?: number;
  areConcurrent?: boolean;
  /** For a symptom that is missing telemetry: how long to wait before it counts as missing. */
  absentAfterMs?: number;
  /** @returns a sentence; undefined if the writes do not show it */
  find(writes: Writes): string | undefined;
}

export const symptoms: Record<string, Symptom> = {
  'slow-database': {
    find: ([write]) => {
      const request = spanOf(write, 'POST /write');
      const insert = spanOf(write, 'INSERT numbers');
      if (!request || !insert || insert.durationMs < 500) return undefined;
      return `its INSERT took ${ms(insert.durationMs)} of the ${ms(request.durationMs)} of POST /write`;
    },
  },
  'failing-writes': {
    writes: 12,
    find: (writes) => {
      const inserts = writes.map((write) => spanOf(write, 'INSERT numbers'));
      const rejected = inserts.filter((insert) => insert?.isError);
      if (rejected.length === 0) return undefined;
      const codes = new Set(rejected.map((insert) => insert?.attributes['db.response.status_code']));
      return `${rejected.length} of ${writes.length} writes failed: PostgreSQL rejected their INSERT with ${[...codes]}`;
    },
  },
  'n-plus-one': {
    find: ([write]) => {
      const { length } = spansOf(write, 'SELECT numbers');
      return length > 10 ? `one write ran ${length} SELECT statements besides its INSERT` : undefined;
    },
  },
  'lock-contention': {
    writes: 5,
    areConcurrent: true,
    find: (writes) => {
      const waits = writes.flatMap((write) => spansOf(write, 'SELECT')).map(({ durationMs }) => durationMs);
      const [shortest, longest] = [Math.min(...waits), Math.max(...waits)];
      if (waits.length < writes.length || longest < 2 * shortest || longest < 500) return undefined;
      return `of ${writes.length} concurrent writes, the first waited ${ms(shortest)} for the same statement, the last ${ms(longest)}`;
    },
  },
  'event-loop-block': {
    find: ([write]) => {
      const gapMs = msBetween(spanOf(write, 'POST /numbers'), spanOf(write, 'INSERT numbers'));
      return gapMs > 200 ? `POST /numbers has no child span in the ${ms(gapMs)} before its INSERT` : undefined;
    },
  },
  'retry-storm': {
    find: ([write]) => {
      const attempts = spansOf(write, 'POST');
      const rejected = attempts.filter(({ attributes }) => attributes['http.response.status_code'] === 503);
      if (rejected.length <= 8) return undefined;
      return `one write was sent ${attempts.length} times, and answered with 503 ${rejected.length} times`;
    },
  },
  'lost-traceparent': { find: findLostParent },
  'unsampled-half': {
    writes: 4,
    absentAfterMs: 3_000,
    find: (writes) => {
      const unsampled = writes.filter(({ spans, logs }) => spans.length === 0 && logs.length > 0);
      if (unsampled.length === 0 || unsampled.length === writes.length) return undefined;
      return `${unsampled.length} of ${writes.length} writes have log lines and no spans`;
    },
  },
  'wrong-log-level': {
    absentAfterMs: 3_000,
    find: ([write]) => {
      if (!spanOf(write, 'POST /numbers') || !hasLogs(write, 'frontend') || hasLogs(write, 'backend')) return undefined;
      return 'the trace has spans of both services, but log lines of the frontend only';
    },
  },
  'clock-skew': {
    find: ([write]) => {
      const aheadMs = msBetween(spanOf(write, 'POST /numbers'), spanOf(write, 'POST'));
      return aheadMs > 1_000 ? `POST /numbers began ${ms(aheadMs)} before the request that caused it` : undefined;
    },
  },
  'log-flood': {
    find: ([{ logs }]) => {
      const leaks = logs.filter(({ message }) => message.includes('hunter2-canary'));
      return leaks.length > 0 ? `one write has ${logs.length} log lines, ${leaks.length} of them with a password` : undefined;
    },
  },
  'collector-down': {
    absentAfterMs: 4_000,
    find: ([{ status, spans, logs }]) => {
      if (status !== 201 || spans.length > 0 || logs.length > 0) return undefined;
      return 'the write was answered with 201, but none of its spans and log lines have arrived';
    },
  },

  // Without a lesson: only the tests measure them.
  'duplicate-traceparent': { find: findLostParent },
  'broken-baggage': {
    find: ([write]) => {
      const rejected = spansOf(write, 'POST').some(({ attributes }) => attributes['http.response.status_code'] === 431);
      if (!rejected || spanOf(write, 'POST /numbers')) return undefined;
      return 'the backend answered with 431, request header fields too large, and has no span of the request';
    },
  },
  'memory-leak': {
    writes: 40,
    find: (writes) => {
      const sizes = writes.map((write) => Number(spanOf(write, 'POST /numbers')?.attributes['demo.memory_mib']));
      const [smallest, largest] = [Math.min(...sizes), Math.max(...sizes)]; // NaN while one is missing
      if (!(largest - smallest > 20)) return undefined;
      return `over ${writes.length} writes, the memory of the backend grew from ${smallest} to ${largest} MiB`;
    },
  },
};

/** Why a write is not healthy, which is 201 and one complete trace with log lines of both services. */
export function problemOf(write: Write): string | undefined {
  const { status, spans } = write;
  if (status !== 201) return `it was answered with ${status}`;
  if (!isCompleteWrite(spans)) return `its trace has the spans ${namesOf(spans) || 'none'}; expected ${namesOf(chain)}`;
  const missing = ['frontend', 'backend'].filter((service) => !hasLogs(write, service));
  return missing.length > 0 ? `its trace has no log line of ${missing.join(' and ')}` : undefined;
}

/** The trace id of the response is the backend's. */
function findLostParent([write]: Writes): string | undefined {
  if (spanOf(write, 'POST /numbers')?.parentSpanId !== null) return undefined;
  return 'POST /numbers is the first span of its trace: POST /write is in another one';
}

function spansOf({ spans }: Write, name: string): Span[] {
  return spans.filter((span) => span.name === name);
}

function spanOf(write: Write, name: string): Span | undefined {
  return spansOf(write, name)[0];
}

function hasLogs({ logs }: Write, wanted: string): boolean {
  return logs.some(({ service }) => service === wanted);
}

/** @returns from the start of one span to the start of the other; 0 while one is missing */
function msBetween(from: Span | undefined, to: Span | undefined): number {
  return from && to ? to.startMs - from.startMs : 0;
}

function ms(milliseconds: number): string {
  return `${Math.round(milliseconds)} ms`;
}

function namesOf(spans: { name: string }[]): string {
  return spans.map(({ name }) => name).join(', ');
}
