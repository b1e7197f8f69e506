// Where traces and log lines can be read back: Tempo and Loki, or the viewer of local mode, or nowhere.
import { type PageSettings, viewerUrl } from '../settings.ts';
import { grafanaLink } from './grafana.ts';
import { lokiLogs } from './loki.ts';
import { tempoTraces } from './tempo.ts';
import { viewerLink, viewerLogs, viewerTraces } from './viewer.ts';

export interface Span {
  spanId: string;
  parentSpanId: string | null;
  service: string;
  name: string;
  kind: string;
  /** After the begin of the trace's first span. */
  startMs: number;
  durationMs: number;
  isError: boolean;
}

export interface LogLine {
  /** ISO 8601 */
  time: string;
  service: string;
  level: string;
  message: string;
}

/** A store, as far as the front page needs it. Its calls throw a ServiceError while it is away. */
export interface Store<Entry> {
  name: string;
  /** Answers with 2xx while the store can be asked. */
  readyUrl: URL;
  /** What it means while it is away. */
  without: string;
  /** What it has of a trace, in the order of time; nothing while it has nothing. The signal ends the question. */
  read(traceId: string, signal: AbortSignal): Promise<Entry[]>;
}

export interface Stores {
  traces: Store<Span> | undefined;
  logs: Store<LogLine> | undefined;
  /** An address with `{traceId}` in it, for people to open. */
  traceLink: string | undefined;
}

export function createStores(settings: PageSettings): Stores {
  const { TEMPO_URL, LOKI_URL, GRAFANA_URL } = settings;
  const viewer = viewerUrl(settings);
  if (viewer) return { traces: viewerTraces(viewer), logs: viewerLogs(viewer), traceLink: viewerLink(viewer) };
  return {
    traces: TEMPO_URL ? tempoTraces(TEMPO_URL) : undefined,
    logs: LOKI_URL ? lokiLogs(LOKI_URL) : undefined,
    traceLink: GRAFANA_URL ? grafanaLink(GRAFANA_URL) : undefined,
  };
}
