// Where traces and log lines are read: Tempo and Loki, or the viewer of local mode.
import { type Static, Type } from 'typebox';
import { type PageSettings, viewerUrl } from '../settings.ts';
import { grafanaLink } from './grafana.ts';
import { lokiLogs } from './loki.ts';
import { tempoTraces } from './tempo.ts';
import { viewerStores } from './viewer.ts';

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

export function createStores(settings: PageSettings): Stores {
  const { TEMPO_URL, LOKI_URL, GRAFANA_URL } = settings;
  const viewer = viewerUrl(settings);
  if (viewer) return viewerStores(viewer);
  return {
    traces: TEMPO_URL ? tempoTraces(TEMPO_URL) : undefined,
    logs: LOKI_URL ? lokiLogs(LOKI_URL) : undefined,
    traceLink: GRAFANA_URL ? grafanaLink(GRAFANA_URL) : undefined,
  };
}
