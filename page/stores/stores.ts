// What a store returns, and how it is asked.
import { type Static, Type } from 'typebox';

const Attributes = Type.Record(Type.String(), Type.Unknown());

export const Span = Type.Object({
  spanId: Type.String(),
  parentSpanId: Type.Union([Type.String(), Type.Null()]),
  service: Type.String(),
  name: Type.String(),
  kind: Type.String({ description: 'SERVER, CLIENT, INTERNAL, …' }),
  startMs: Type.Number({ description: 'after the start of the first span' }),
  durationMs: Type.Number(),
  isError: Type.Boolean(),
  attributes: Attributes,
});

export const LogLine = Type.Object({
  time: Type.String({ description: 'ISO 8601' }),
  service: Type.String(),
  level: Type.String(),
  message: Type.String(),
  spanId: Type.Union([Type.String(), Type.Null()]),
  attributes: Attributes,
});

export type Span = Static<typeof Span>;
export type LogLine = Static<typeof LogLine>;

export interface Store<Entry> {
  name: string;
  /** Responds with 2xx while the store is ready. */
  readyUrl: URL;
  /** What does not work while the store is down, in sentences. */
  impact: string;
  /**
   * @param signal cancels the request
   * @returns the entries of a trace in the order of time; none if nothing has arrived
   * @throws {ServiceError} while the store is unreachable or too slow
   */
  read(traceId: string, signal: AbortSignal): Promise<Entry[]>;
}

export interface Stores {
  traces: Store<Span> | undefined;
  logs: Store<LogLine> | undefined;
  /** An address with `{traceId}` in it that opens a trace in Grafana or the viewer. */
  traceLink: string | undefined;
}
