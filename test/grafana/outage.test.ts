// What Grafana shows while a store is down, and after it has recovered.
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { alerts, dashboards } from '../docker/queries.ts';
import { compose, write } from '../docker/stack.ts';
import { until } from '../support/until.ts';
import { type Grafana, openDashboard, openGrafana, panel, picture, url } from './grafana.ts';

let grafana: Grafana;
const green = /rgb\(115, 191, 105\)|#73bf69/i;

beforeAll(async () => {
  await write();
  grafana = await openGrafana();
  await grafana.page.setViewportSize({ width: 1600, height: 2200 });
});

afterAll(async () => {
  compose('start', 'postgres', 'tempo', 'prometheus');
  await until('a write', write);
  await grafana?.stop();
});

const noData = (uid: string, title: string): string =>
  dashboards.find((dashboard) => dashboard.uid === uid).panels.find((each: any) => each.title === title).fieldConfig.defaults
    .noValue;

const errorMark = 'data-testid Panel status error';

/** Until the page of the alert has this state beside its title. Its conditions are called "Firing" as soon as they are true. */
async function untilAlert(page: Page, uid: string, state: 'Firing' | 'Normal'): Promise<void> {
  const { title } = alerts.find((alert) => alert.uid === uid);
  await until(
    `${uid}: ${state}`,
    async () => {
      await write().catch(() => {}); // fails while PostgreSQL is down
      await page.goto(`${url}/alerting/grafana/${uid}/view`, { waitUntil: 'domcontentloaded' });
      const beside = page
        .locator('#pageContent')
        .getByText(/^(Normal|Pending|Firing|Recovering|Error|No data)$/i)
        .first();
      await beside.waitFor();
      return new RegExp(`${title}\\s+${state}\\s`).test(await page.locator('#pageContent').innerText());
    },
    400_000,
  );
}

test('PostgreSQL stops: the alert fires, Home shows the failures, and both end after it has recovered', {
  timeout: 900_000,
}, async () => {
  const { page } = grafana;
  compose('stop', 'postgres');
  await untilAlert(page, 'service-errors', 'Firing');
  await picture(page, 'alert-firing');
  await openDashboard(page, 'home');
  await (await panel(page, 'Latest numbers')).getByTestId(errorMark).waitFor();
  await picture(page, 'home-without-postgresql');
  compose('start', 'postgres');
  await untilAlert(page, 'service-errors', 'Normal');
});

test('Tempo stops: its panels show an error mark and that there is no data, the others keep their data', async () => {
  const { page } = grafana;
  compose('stop', 'tempo');
  await openDashboard(page, 'home');
  const traces = await panel(page, 'Latest traces');
  await traces.getByTestId(errorMark).waitFor();
  await traces.getByText(noData('home', 'Latest traces')).waitFor();
  await (await panel(page, 'Logs of both services')).locator('.log-syntax-highlight').first().waitFor();
  await (await panel(page, 'Latest numbers')).getByRole('gridcell').first().waitFor();
  await picture(page, 'home-without-tempo');
  await until('tempo down on Pipeline', async () => {
    await openDashboard(page, 'pipeline');
    return (await panel(page, 'Components up'))
      .getByText('down', { exact: true })
      .waitFor({ timeout: 5_000 })
      .then(() => true);
  });
  await picture(page, 'pipeline-without-tempo');
  compose('start', 'tempo');
});

test('Prometheus stops: no number is shown, and nothing is green', async () => {
  const { page } = grafana;
  compose('stop', 'prometheus');
  await openDashboard(page, 'pipeline');
  for (const title of ['Spans', 'Log records', 'Components up']) {
    const numbers = await panel(page, title);
    await numbers.getByTestId(errorMark).waitFor();
    const text = numbers.getByText(noData('pipeline', title), { exact: true }).first();
    await text.waitFor();
    expect(await text.evaluate((element) => getComputedStyle(element).color), title).not.toMatch(green);
  }
  await picture(page, 'pipeline-without-prometheus');
  compose('start', 'prometheus');
});
