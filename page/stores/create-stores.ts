// Where traces and log lines are read: Tempo and Loki, or the viewer of local mode.
import { type PageSettings, viewerUrl } from '../settings.ts';
import { grafanaLink } from './grafana.ts';
import { lokiLogs } from './loki.ts';
import type { Stores } from './stores.ts';
import { tempoTraces } from './tempo.ts';
import { viewerStores } from './viewer.ts';

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
