// Where else to look: addresses as a browser reaches them, for the foot of the front page.
import { type Static, Type } from 'typebox';
import { backendUrl, type Config, viewerUrl } from './config.ts';

export const Links = Type.Array(Type.Object({ name: Type.String(), url: Type.String() }));

export function findLinks(config: Config): Static<typeof Links> {
  const { GRAFANA_URL, BACKEND_URL } = config;
  const viewer = viewerUrl(config);
  const backend = BACKEND_URL ? undefined : backendUrl(config); // by another name a browser may not reach it
  return [
    ...(viewer ? [{ name: 'The viewer', url: new URL('/', viewer).href }] : []),
    ...(GRAFANA_URL && !viewer ? [{ name: 'Grafana', url: new URL('/', GRAFANA_URL).href }] : []),
    ...(backend ? [{ name: 'The API of the backend', url: new URL('/docs', backend).href }] : []),
  ];
}
