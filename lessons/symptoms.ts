// What each fault does to writes, as it can be measured in their spans and log lines.
import type { LogLine, Span } from './stores.ts';

/** A write and what has arrived of it. */
export interface Write {
  status: number;
  /** Of the response: that of the row's INSERT, or of the error. */
  traceId: string;
  spans: Span[];
  logs: LogLine[];
}

export interface Symptom {
  /** How many writes it takes to see it. One unless given. */
  writes?: number;
  areConcurrent?: boolean;
  /** It is that telemetry is missing: to be sure, how long to wait for it. */
  absentAfterMs?: number;
  /** @returns a sentence, or undefined */
  find(writes: Write[]): string | undefined;
}

export const symptoms: Record<string, Symptom> = {
  'slow-database': {
    find: ([write]) => {
      const insert = named(write, /^INSERT/)[0];
      const request = named(write, 'POST /write')[0];
      if (!insert || !request || insert.durationMs < 500) return undefined;
      return `its INSERT took ${ms(insert)} of the ${ms(request)} of POST /write`;
    },
  },
  'failing-writes': {
    writes: 12,
    find: (writes) => {
      const rejected = writes.filter((write) => named(write, 'INSERT numbers').some(({ isError }) => isError));
      const codes = new Set(
        rejected.flatMap((write) => write.spans.map(({ attributes }) => attributes['db.response.status_code'])),
      );
      codes.delete(undefined as never);
      if (rejected.length === 0) return undefined;
      return `${rejected.length} of ${writes.length} writes failed: PostgreSQL rejected their INSERT with ${[...codes]}`;
    },
  },
  'n-plus-one': {
    find: ([write]) => {
      const texts = Map.groupBy(kind(write, 'CLIENT', 'backend'), ({ attributes }) => String(attributes['db.query.text']));
      const most = [...texts].sort(([, a], [, b]) => b.length - a.length)[0];
      return most && most[1].length > 10 ? `one write ran ${most[1].length} times: ${most[0]}` : undefined;
    },
  },
  'lock-contention': {
    writes: 5,
    areConcurrent: true,
    find: (writes) => {
      const locks = writes.flatMap((write) => named(write, /^SELECT/)).map(({ durationMs }) => durationMs);
      const [shortest, longest] = [Math.min(...locks), Math.max(...locks)];
      if (locks.length < writes.length || longest < 2 * shortest || longest < 500) return undefined;
      return `of ${writes.length} writes at once, the first waited ${Math.round(shortest)} ms for the same statement, the last ${Math.round(longest)} ms`;
    },
  },
  'event-loop-block': {
    find: ([write]) => {
      const server = named(write, 'POST /numbers')[0];
      const insert = named(write, 'INSERT numbers')[0];
      if (!server || !insert || insert.startMs - server.startMs < 200) return undefined;
      return `POST /numbers did nothing that has a span for ${Math.round(insert.startMs - server.startMs)} ms before its INSERT`;
    },
  },
  'memory-leak': {
    writes: 40,
    find: (writes) => {
      const sizes = writes.flatMap((write) =>
        named(write, 'POST /numbers').map(({ attributes }) => attributes['demo.memory_mib']),
      );
      const [first, last] = [Math.min(...sizes.map(Number)), Math.max(...sizes.map(Number))];
      if (sizes.length < writes.length || !(last - first > 20)) return undefined;
      return `over ${writes.length} writes, the memory of the backend grew from ${first} to ${last} MiB`;
    },
  },
  'log-flood': {
    find: ([write]) => {
      const lines = write?.logs.filter(({ service }) => service === 'backend') ?? [];
      const leaked = lines.filter(({ body }) => body.includes('hunter2-canary'));
      return leaked.length > 0 ? `one write left ${lines.length} log lines, ${leaked.length} of them with a password` : undefined;
    },
  },
  'wrong-log-level': {
    absentAfterMs: 3_000,
    find: ([write]) => {
      const services = new Set(write?.logs.map(({ service }) => service));
      if (!services.has('frontend') || services.has('backend') || named(write, 'POST /numbers').length === 0) return undefined;
      return 'the trace has spans of both services, and log lines of the frontend alone';
    },
  },
  'clock-skew': {
    find: ([write]) => {
      const server = named(write, 'POST /numbers')[0];
      const client = write?.spans.find(({ spanId }) => spanId === server?.parentSpanId);
      if (!server || !client || client.startMs - server.startMs < 1_000) return undefined;
      return `POST /numbers began ${Math.round(client.startMs - server.startMs)} ms before the request that it answers`;
    },
  },
  'lost-traceparent': { find: ([write]) => orphan(write) },
  'duplicate-traceparent': { find: ([write]) => orphan(write) },
  'broken-baggage': {
    find: ([write]) => {
      const refused = named(write, 'POST').find(({ attributes }) => attributes['http.response.status_code'] === 431);
      if (!refused || named(write, 'POST /numbers').length > 0) return undefined;
      return 'the backend answered with 431, request header fields too large, and has no span of the request';
    },
  },
  'unsampled-half': {
    writes: 4,
    absentAfterMs: 3_000,
    find: (writes) => {
      const unsampled = writes.filter(({ spans, logs }) => spans.length === 0 && logs.length > 0);
      if (unsampled.length === 0 || unsampled.length === writes.length) return undefined;
      return `${unsampled.length} of ${writes.length} writes have log lines and no spans`;
    },
  },
  'retry-storm': {
    find: ([write]) => {
      const attempts = named(write, 'POST');
      const refused = attempts.filter(({ attributes }) => attributes['http.response.status_code'] === 503);
      return refused.length > 8
        ? `one write was sent ${attempts.length} times, and answered with 503 ${refused.length} times`
        : undefined;
    },
  },
  'slow-collector': { absentAfterMs: 4_000, find: ([write]) => absent(write) },
  'collector-down': { absentAfterMs: 4_000, find: ([write]) => absent(write) },
};

/** What keeps a write from being healthy: 201, and one complete trace with log lines of both services. */
export function problemOf({ status, spans, logs }: Write): string | undefined {
  if (status !== 201) return `it was answered with ${status}`;
  const names = ['POST /write', 'POST', 'POST /numbers', 'INSERT numbers'];
  if (names.some((name) => !spans.some((span) => span.name === name)) || spans.length !== names.length)
    return `its trace has ${spans.length} spans: ${spans.map(({ name }) => name).join(', ')}; expected ${names.join(', ')}`;
  const missing = ['frontend', 'backend'].filter((service) => !logs.some((line) => line.service === service));
  return missing.length > 0 ? `its trace has no log line of ${missing.join(' and ')}` : undefined;
}

function absent(write: Write | undefined): string | undefined {
  if (write?.status !== 201 || write.spans.length > 0 || write.logs.length > 0) return undefined;
  return 'the write was answered with 201, and nothing of it has arrived';
}

/** The trace id of the response is the backend's. */
function orphan(write: Write | undefined): string | undefined {
  const server = named(write, 'POST /numbers')[0];
  if (!server || server.parentSpanId) return undefined;
  return 'POST /numbers is the first span of its trace: that of POST /write is another one';
}

function named(write: Write | undefined, name: string | RegExp): Span[] {
  return write?.spans.filter((span) => (typeof name === 'string' ? span.name === name : name.test(span.name))) ?? [];
}

function kind(write: Write | undefined, wanted: string, service: string): Span[] {
  return write?.spans.filter((span) => span.kind === wanted && span.service === service) ?? [];
}

function ms({ durationMs }: Span): string {
  return `${Math.round(durationMs)} ms`;
}
