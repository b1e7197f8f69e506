// Where traces and log lines are read: Tempo and Loki, or the viewer of local mode.
import type { EndedSpan } from '../complete-trace.ts';
import { type PageSettings, viewerUrl } from '../settings.ts';
import { grafanaLink } from './grafana.ts';
import { lokiLogs } from './loki.ts';
import { tempoTraces } from './tempo.ts';
import { viewerStores } from './viewer.ts';

export interface Span extends EndedSpan {
  parentSpanId: string | null;
  /** After the start of the trace's first span. */
  startMs: number;
  durationMs: number;
}

export interface LogLine {
  /** ISO 8601 */
  time: string;
  service: string;
  level: string;
  message: string;
  /** The span that was active when it was logged. */
  spanId: string | null;
  attributes: Record<string, unknown>;
}

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
