// Where else to look: addresses as a browser reaches them, for the foot of the front page.
import { type Static, Type } from 'typebox';
import { type PageSettings, viewerUrl } from './settings.ts';

export const Links = Type.Array(Type.Object({ name: Type.String(), url: Type.String() }));

/** @param backendUrl as a browser reaches it; undefined where it may not */
export function createLinks(settings: PageSettings, backendUrl: string | undefined): Static<typeof Links> {
  const { GRAFANA_URL } = settings;
  const viewer = viewerUrl(settings);
  return [
    ...(viewer ? [{ name: 'The viewer', url: new URL('/', viewer).href }] : []),
    ...(GRAFANA_URL && !viewer ? [{ name: 'Grafana', url: new URL('/', GRAFANA_URL).href }] : []),
    ...(backendUrl ? [{ name: 'The API of the backend', url: new URL('/docs', backendUrl).href }] : []),
  ];
}
