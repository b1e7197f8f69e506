// Every query that Grafana is set up with: of each panel and of each alert.
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { root } from './stack.ts';

export interface Query {
  dashboard: string; // or "Alerts"
  panel: string;
  refId: string;
  source: { type: string; uid: string };
  target: any;
  /** Where the cells of a column lead, by its name. */
  links: Record<string, string>;
}

export const datasources: any[] = parse(
  readFileSync(`${root}grafana/provisioning/datasources/datasources.yaml`, 'utf8').replaceAll('$$', '$'),
).datasources;

export const dashboards: any[] = ['home', 'pipeline'].map((uid) =>
  JSON.parse(readFileSync(`${root}grafana/dashboards/${uid}.json`, 'utf8')),
);

export const alerts: any[] = parse(readFileSync(`${root}grafana/provisioning/alerting/alerts.yaml`, 'utf8')).groups.flatMap(
  ({ rules }: any) => rules,
);

export function queries(): Query[] {
  const ofPanels = dashboards.flatMap(({ title, panels }) =>
    panels.flatMap((panel: any) =>
      panel.targets.map((target: any) => ({
        dashboard: title,
        panel: panel.title,
        refId: target.refId,
        source: target.datasource,
        target,
        links: linksOf(panel),
      })),
    ),
  );
  const ofAlerts = alerts.map(({ title, data }) => ({
    dashboard: 'Alerts',
    panel: title,
    refId: data[0].refId,
    source: data[0].model.datasource,
    target: data[0].model,
    links: {},
  }));
  return [...ofPanels, ...ofAlerts];
}

function linksOf(panel: any): Record<string, string> {
  const links = panel.fieldConfig.overrides.flatMap(({ matcher, properties }: any) =>
    properties.filter(({ id }: any) => id === 'links').map(({ value }: any) => [matcher.options, value[0].url]),
  );
  return Object.fromEntries(links);
}
