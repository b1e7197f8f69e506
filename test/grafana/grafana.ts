// Grafana as a user sees it: a browser that has logged in, panels by title, Explore by pane.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Locator, Page } from 'playwright-core';
import { root } from '../docker/stack.ts';
import { startBrowser } from '../support/browser.ts';

export const url = `http://localhost:${process.env.UI_PORT}`;
const patience = 60_000; // ms, for whatever the page has to show; a slow machine is no fault

const pictures = join(root, '.local/grafana');

export interface Grafana {
  page: Page;
  /** Addresses outside this machine that the browser asked for. */
  foreign: string[];
  stop(): Promise<void>;
}

/** Logs in through the form. */
export async function openGrafana(): Promise<Grafana> {
  const browser: Browser = await startBrowser();
  const context = await browser.newContext({ viewport: { width: 1600, height: 1000 }, reducedMotion: 'reduce' });
  context.setDefaultTimeout(patience);
  const foreign: string[] = [];
  context.on('request', (request) => {
    if (!request.url().startsWith(url) && /^https?:/.test(request.url())) foreign.push(request.url());
  });
  const page = await context.newPage();
  await page.goto(`${url}/login`, { waitUntil: 'domcontentloaded' });
  await page.getByLabel('Email or username').fill(process.env.GRAFANA_USER ?? '');
  await page.getByLabel('Password', { exact: true }).fill(process.env.GRAFANA_PASSWORD ?? '');
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.getByRole('button', { name: 'Skip' }).or(panels(page).first()).first().waitFor(); // it offers to change the password admin
  return { page, foreign, stop: () => browser.close() };
}

/** A dashboard without its refresh, which would replace what a test is about to click. */
export async function openDashboard(page: Page, uid: string, parameters = ''): Promise<void> {
  await page.goto(`${url}/d/${uid}?refresh=1d${parameters}`, { waitUntil: 'domcontentloaded' });
  await panels(page).first().waitFor();
}

export const panels = (page: Page): Locator => page.locator('section[data-testid^="data-testid Panel header "]');

/** Scrolled into view: Grafana runs the query of a panel when it is visible. */
export async function panel(page: Page, title: string): Promise<Locator> {
  const found = page.locator(`section[data-testid="data-testid Panel header ${title}"]`);
  await found.scrollIntoViewIfNeeded();
  return found;
}

/** The pane of Explore, from the left. */
export const pane = (page: Page, position = 0): Locator => page.getByTestId('data-testid Explore').nth(position);

/** Opens a trace by its id, as the front page links to it. */
export async function openTrace(page: Page, traceId: string): Promise<Locator> {
  const query = { refId: 'A', datasource: { type: 'tempo', uid: 'tempo' }, queryType: 'traceql', query: traceId };
  const panes = { trace: { datasource: 'tempo', queries: [query], range: { from: 'now-1h', to: 'now' } } };
  const parameters = new URLSearchParams({ schemaVersion: '1', panes: JSON.stringify(panes) });
  await page.goto(`${url}/explore?${parameters}`, { waitUntil: 'domcontentloaded' });
  await pane(page).getByText('4 spans').waitFor();
  return pane(page);
}

export async function picture(page: Page, name: string): Promise<void> {
  mkdirSync(pictures, { recursive: true });
  await page.screenshot({ path: join(pictures, `${name}.png`) });
}
