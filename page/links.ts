// The links in the page's footer, as a browser reaches them.
import { type Static, Type } from 'typebox';
import manifest from '../package.json' with { type: 'json' };
import { type PageSettings, viewerUrl } from './settings.ts';

export const Links = Type.Array(Type.Object({ name: Type.String(), url: Type.String() }));

/** @param backendUrl as a browser reaches it; undefined if only the frontend does */
export function createLinks(settings: PageSettings, backendUrl: string | undefined): Static<typeof Links> {
  const { GRAFANA_URL } = settings;
  const viewer = viewerUrl(settings);
  const source = repositoryUrl();
  return [
    ...(backendUrl ? [{ name: 'Backend API', url: new URL('/docs', backendUrl).href }] : []),
    ...(viewer ? [{ name: 'Viewer', url: new URL('/', viewer).href }] : []),
    ...(GRAFANA_URL && !viewer ? [{ name: 'Grafana', url: new URL('/', GRAFANA_URL).href }] : []),
    ...(source ? [{ name: 'Source code', url: source }] : []),
  ];
}

/** https://docs.npmjs.com/cli/v11/configuring-npm/package-json#repository */
function repositoryUrl(): string | undefined {
  const { repository } = manifest as { repository?: string | { url: string } };
  const url = typeof repository === 'string' ? repository : repository?.url;
  return url?.match(/^(?:git\+)?(https:.*?)(?:\.git)?$/)?.[1];
}
