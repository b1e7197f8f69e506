// The pictures of Grafana in docs/: Home, Pipeline, and a trace beside its log lines.
import { spansOf, write } from '../test/docker/stack.ts';
import { openDashboard, openGrafana, openTrace, pane, panel } from '../test/grafana/grafana.ts';
import { until } from '../test/support/until.ts';

/**
 * The graphs show the last five minutes: use the demo for as long before.
 * @param pathOf the file for a picture
 * @returns what the pictures show
 */
export async function takeGrafanaPictures(pathOf: (name: string) => string): Promise<string> {
  const { traceId } = await write();
  await until('its spans', async () => (await spansOf(traceId)).length === 4);
  const { page, stop } = await openGrafana();

  const take = async (name: string) => {
    await page.mouse.move(0, 0);
    await page.evaluate(() => scrollTo(0, 0));
    await page.screenshot({ path: pathOf(`grafana-${name}.png`) });
  };

  await page.setViewportSize({ width: 1280, height: 1500 }); // down to the service graph
  await openDashboard(page, 'home', '&kiosk=true&from=now-5m');
  for (const title of ['Latest traces', 'Latest numbers'])
    await (await panel(page, title)).getByRole('gridcell').first().waitFor();
  const services = await panel(page, 'Service graph');
  await services.getByText('postgres', { exact: true }).waitFor();
  await services.getByText('Computing layout').waitFor({ state: 'hidden' });
  await take('home');

  await page.setViewportSize({ width: 1280, height: 1285 });
  await openDashboard(page, 'pipeline', '&kiosk=true&from=now-5m');
  await (await panel(page, 'Components up')).getByText('up', { exact: true }).first().waitFor();
  await (await panel(page, 'Memory by component')).getByText('tempo').waitFor();
  await take('pipeline');

  await page.setViewportSize({ width: 1600, height: 740 });
  const trace = await openTrace(page, traceId);
  await page.getByRole('button', { name: 'Undock menu' }).click();
  await trace.getByRole('button', { name: 'Collapse outline' }).click();
  await trace.getByRole('button', { name: 'Collapse query row' }).click();
  const span = trace.getByTitle('backend::POST /numbers', { exact: true });
  await span.click();
  await trace.getByRole('button', { name: 'Links', exact: true }).click();
  await page.getByRole('menuitem', { name: 'Logs for this span' }).click();
  await span.click(); // hides its details again
  const logs = pane(page, 1);
  await logs.getByText('/write 201').first().waitFor();
  await logs.getByRole('button', { name: 'Collapse query row' }).click();
  await logs.getByRole('button', { name: 'Logs volume' }).click();
  await logs.getByRole('button', { name: 'Collapse sidebar' }).click();
  await take('trace');

  await stop();
  return `docs/grafana-*.png show the trace ${traceId}`;
}
