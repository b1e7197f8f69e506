// The settings of the page: where it reads traces and log lines, and what it links to. Tempo, Loki and Grafana in containers, else the viewer.
import { type Static, Type } from 'typebox';
import { port, url } from '../service/config.ts';

export const pageSettings = {
  TEMPO_URL: Type.Optional(url('http://localhost:3200')),
  LOKI_URL: Type.Optional(url('http://localhost:3100')),
  GRAFANA_URL: Type.Optional(url('http://localhost:3000')),
  VIEWER_URL: Type.Optional(url('http://localhost:3000')),
  UI_PORT: Type.Optional(port()),
};

const PageSettings = Type.Object(pageSettings);
export type PageSettings = Static<typeof PageSettings>;

/** @returns the viewer on this machine unless VIEWER_URL names another; undefined if Tempo or Loki is set */
export function viewerUrl({ VIEWER_URL, UI_PORT, TEMPO_URL, LOKI_URL }: PageSettings): string | undefined {
  if (TEMPO_URL || LOKI_URL) return undefined;
  if (VIEWER_URL || !UI_PORT) return VIEWER_URL;
  return `http://localhost:${UI_PORT}`;
}
