// The dashboards and alerts of Grafana: the generated files match the code, and each panel has a description.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { alerting } from '../grafana/alerts.ts';
import { home } from '../grafana/dashboards/home.ts';
import { pipeline } from '../grafana/dashboards/pipeline.ts';
import { files } from '../grafana/generate.ts';
import { root } from './support/service.ts';

const grafana = join(root, 'grafana');
const provisioned = parse(readFileSync(join(grafana, 'provisioning/datasources/datasources.yaml'), 'utf8')).datasources as any[];
const dashboards: any[] = [home, pipeline];
const panels = dashboards.flatMap((dashboard) => dashboard.panels.map((panel: any) => ({ ...panel, dashboard: dashboard.uid })));
const rules = alerting.groups.flatMap((group) => group.rules);

test.each(Object.entries(files))('%s is up to date: npm run dashboards', (path, text) => {
  expect(readFileSync(join(grafana, path), 'utf8')).toBe(text);
});

test.each(panels.map((panel) => [`${panel.dashboard}: ${panel.title}`, panel]))('%s has a description', (_name, panel) => {
  const { defaults, overrides } = panel.fieldConfig;
  expect(panel.title).toMatch(/^[A-Z].*[^.]$/);
  expect(panel.description).toMatch(/^.{30,}\.$/);
  expect(defaults.noValue, 'a sentence for no data').toMatch(/\w/);
  if (['timeseries', 'stat'].includes(panel.type)) expect(defaults.unit, 'a unit').toMatch(/\w/);
  expect(panel.targets.length).toBeGreaterThan(0);
  for (const { datasource } of [panel, ...panel.targets]) {
    expect(provisioned, 'its data source').toContainEqual(expect.objectContaining(datasource));
  }
  for (const { id, value } of overrides.flatMap(({ properties }: any) => properties)) {
    if (id === 'links') for (const { url } of value) expect(uidsIn(url)).toSatisfy(allProvisioned);
  }
});

/** Panels whose value is good or bad by itself. */
const judged = [
  'Failed requests',
  'Request duration',
  'Event loop delay, p99',
  'Database pool wait, p95',
  'Delay of telemetry',
  'Queue utilization',
  'Refused or dropped',
  'Components up',
];

test.each(judged)('%s has a red range', (title) => {
  const { steps } = panels.find((panel) => panel.title === title).fieldConfig.defaults.thresholds;
  expect(steps.map(({ color }: any) => color)).toContain('red');
});

/** The data sources that a link into Explore names. */
function uidsIn(url: string): string[] {
  const panes = JSON.parse(new URL(url, 'http://localhost').searchParams.get('panes') ?? '{}');
  return Object.values<any>(panes).flatMap((pane) => [
    pane.datasource,
    ...pane.queries.map((query: any) => query.datasource.uid),
  ]);
}

function allProvisioned(uids: string[]): boolean {
  return uids.length > 0 && uids.every((uid) => provisioned.some((source) => source.uid === uid));
}

test('each panel of a dashboard has an id of its own, and each dashboard a link to the other', () => {
  for (const { uid, panels, links } of dashboards) {
    expect(new Set(panels.map(({ id }: any) => id)).size).toBe(panels.length);
    const others = dashboards.filter((other) => other.uid !== uid).map((other) => `/d/${other.uid}`);
    expect(links.map(({ url }: any) => url)).toEqual(others);
  }
});

describe.each(rules)('the alert "$title"', (rule) => {
  const panel = panels.find(({ dashboard, id }) => dashboard === rule.dashboardUid && id === rule.panelId);

  test('describes what happened and what to do, and links to its panel', () => {
    expect(rule.annotations.summary.length).toBeGreaterThan(20);
    expect(rule.annotations.description.length).toBeGreaterThan(80);
    expect(rule.annotations).toMatchObject({ __dashboardUid__: panel.dashboard, __panelId__: String(panel.id) });
  });

  test('fires when its panel turns red', () => {
    const { unit, thresholds } = panel.fieldConfig.defaults;
    const red = thresholds.steps.find(({ color }: any) => color === 'red').value;
    const above = unit === 'none' ? red - 1 : red; // a count is above 0 from 1 on
    expect((rule.data[1] as any).model.conditions).toEqual([{ evaluator: { type: 'gt', params: [above] } }]);
  });

  test('queries a provisioned data source', () => {
    expect(provisioned.map(({ uid }) => uid)).toContain(rule.data[0]?.datasourceUid);
  });
});

test('the dashboards are mounted where Grafana looks for them', () => {
  const { volumes } = parse(readFileSync(join(root, 'docker-compose.yml'), 'utf8')).services.grafana as { volumes: string[] };
  const here = (path: string) => {
    const mount = volumes.map((volume) => volume.split(':')).find(([, inside]) => path.startsWith(`${inside}`));
    return join(root, path.replace(mount?.[1] ?? '', mount?.[0] ?? 'not mounted'));
  };
  const start = /^default_home_dashboard_path = (.*)$/m.exec(readFileSync(join(grafana, 'grafana.ini'), 'utf8'))?.[1] ?? '';
  expect(JSON.parse(readFileSync(here(start), 'utf8')).uid).toBe('home');
  const [{ options }] = parse(readFileSync(here('/etc/grafana/provisioning/dashboards/dashboards.yaml'), 'utf8')).providers;
  expect(existsSync(join(here(options.path), 'pipeline.json'))).toBe(true);
  expect(existsSync(here('/etc/grafana/provisioning/alerting/alerts.yaml'))).toBe(true);
});
