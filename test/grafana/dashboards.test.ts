// Both dashboards at three widths: no panel is empty, cut off, or has an error mark. The screenshots are for people to look at.
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dashboards } from '../docker/queries.ts';
import { findExemplars, queryMetrics, write } from '../docker/stack.ts';
import { until } from '../support/until.ts';
import { type Grafana, openDashboard, openGrafana, panel, panels, picture } from './grafana.ts';

const themes = ['dark', 'light'] as const;
const widths = [1280, 1600, 1920];
const titles = dashboards.map(({ uid, title }) => [uid, title]);

beforeAll(async () => {
  for (let count = 0; count < 20; count += 1) await write();
  await until('exemplars', async () => (await findExemplars('traces_spanmetrics_latency_bucket')).length > 0);
  await until('runtime metrics', async () => (await queryMetrics('nodejs_eventloop_delay_p99_seconds')).length === 2);
  await until(
    'pool waits',
    async () => (await queryMetrics('rate(db_client_connection_wait_time_seconds_count[20s]) > 0')).length > 0,
  );
});

describe.each(themes)('%s', (theme) => {
  let grafana: Grafana;
  beforeAll(async () => {
    grafana = await openGrafana();
  });
  afterAll(() => grafana?.stop());

  describe.each(widths)('%i px', (width) => {
    test.each(titles)('%s', async (uid, title) => {
      const { page } = grafana;
      await page.setViewportSize({ width, height: 2200 }); // all panels are in view
      await openDashboard(page, uid, `&theme=${theme}`);
      await expect.poll(() => panels(page).count(), { timeout: 60_000 }).toBe(panelsOf(uid).length);
      await expect.poll(() => faults(page, uid), { timeout: 60_000, interval: 500 }).toEqual([]);
      await picture(page, `${title.toLowerCase()}-${width}-${theme}`);
    });
  });

  test('the browser asks nobody but Grafana', () => {
    expect(grafana.foreign).toEqual([]);
  });
});

test('the counts on Pipeline are exact', async () => {
  const { page, stop } = await openGrafana();
  await openDashboard(page, 'pipeline');
  for (const title of ['Spans', 'Log records']) {
    await expect
      .poll(async () => (await panel(page, title)).innerText(), { timeout: 60_000 })
      .toMatch(/received\s+\d+\s+sent\s+\d+\s+queued\s+\d+/);
  }
  await stop();
});

const panelsOf = (uid: string): any[] => dashboards.find((dashboard) => dashboard.uid === uid).panels;

/** What a user would see as broken. */
async function faults(page: Page, uid: string): Promise<string[]> {
  const found = [];
  for (const { title, type, fieldConfig } of panelsOf(uid)) {
    const section = await panel(page, title);
    if (await section.getByTestId('data-testid Panel status error').count()) found.push(`${title}: error mark`);
    if ((await section.innerText()).includes(fieldConfig.defaults.noValue)) found.push(`${title}: no data`);
    if (!(await section.locator(content[type] ?? 'none').count())) found.push(`${title}: empty`);
    if (await section.locator('h2').evaluate(isCutOff)) found.push(`${title}: title cut off`);
    if (type !== 'logs' && (await section.evaluate(scrollsSideways))) found.push(`${title}: scrolls sideways`);
  }
  return found;
}

/** What a panel with data contains, by its type. */
const content: Record<string, string> = {
  timeseries: '[data-testid^="data-testid VizLegend series"]',
  stat: '[data-testid="data-testid panel content"] span',
  table: '[role="gridcell"]',
  logs: '.log-syntax-highlight',
  nodeGraph: 'svg circle',
};

const isCutOff = ({ scrollWidth, clientWidth }: Element) => scrollWidth > clientWidth;

function scrollsSideways(section: Element): boolean {
  return [...section.querySelectorAll('[role="grid"]')].some((grid) => grid.scrollWidth > grid.clientWidth);
}
