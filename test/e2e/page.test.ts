// The front page, in a browser.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Browser, BrowserContext, BrowserContextOptions, Page, Route } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { chromiumPath, startBrowser } from '../support/browser.ts';
import { forward } from '../support/forward.ts';
import { freePort } from '../support/free-port.ts';
import { root } from '../support/service.ts';
import { type Stack, startStack } from '../support/stack.ts';
import { until } from '../support/until.ts';
import { startViewer, type Viewer } from '../support/viewer.ts';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

let browser: Browser;
let viewer: Viewer;
let stack: Stack;
let postgres: { stop(): Promise<void> };
let postgresGate: number;
let page: Page;

const faultsDirectory = mkdtempSync(join(tmpdir(), 'faults '));
const faultsFile = join(faultsDirectory, 'flags.json');

/** As make fault does. */
function fault(name: string): void {
  const env = { ...process.env, FAULTS_FILE: faultsFile, LOCAL_STATE_DIRECTORY: faultsDirectory, MODE: 'local' };
  execFileSync(join(root, 'faults/fault.sh'), [name], { env });
}

/** Errors in the console, violations of the Content-Security-Policy and requests to other origins, of every page that a test opened. */
const faults: string[] = [];

/** @param prepare defines responses that the services would give only by chance, or much later */
async function open(options: BrowserContextOptions = {}, prepare?: (context: BrowserContext) => Promise<unknown>): Promise<Page> {
  const context = await browser.newContext({ colorScheme: 'light', ...options });
  context.setDefaultTimeout(60_000);
  await prepare?.(context);
  const opened = await context.newPage();
  opened.on('console', (message) => message.type() === 'error' && faults.push(message.text()));
  opened.on('pageerror', (error) => faults.push(error.message));
  opened.on('request', (request) => request.url().startsWith(`${stack.frontend.url}/`) || faults.push(request.url()));
  await opened.goto(stack.frontend.url);
  return opened;
}

/** The text of an element, without the layout's spaces. */
const textOf = async (selector: string) => (await page.innerText(selector)).replace(/\s+/g, ' ').trim();
const items = (selector: string) => page.locator(selector).allInnerTexts();

async function write(): Promise<{ id: string; value: string; traceId: string }> {
  await page.getByRole('button', { name: 'Write a number' }).click();
  await until('the complete trace', async () => /4 spans in .* 2 log lines/.test(await textOf('#result')));
  return { id: await textOf('#row-id'), value: await textOf('#row-value'), traceId: await textOf('#row-trace') };
}

/** What a browser does when another tab is selected, which a headless one cannot. */
async function setHidden(isHidden: boolean): Promise<void> {
  await page.evaluate((value) => {
    Object.defineProperty(document, 'hidden', { value, configurable: true });
    document.dispatchEvent(new Event('visibilitychange'));
  }, isHidden);
}

describe.runIf(chromiumPath)('the front page', () => {
  beforeAll(async () => {
    postgresGate = await freePort();
    [browser, viewer, postgres] = await Promise.all([
      startBrowser(),
      startViewer(),
      forward(postgresGate, inject('postgres').port),
    ]);
    fault('off');
    stack = await startStack({ ...viewer.env, PGPORT: String(postgresGate), FAULTS_FILE: faultsFile });
    page = await open();
  });

  afterAll(async () => {
    await browser.close();
    await stack.stop();
    await postgres.stop();
    await viewer.stop();
    rmSync(faultsDirectory, { recursive: true });
  });

  test('a click writes a number: its row, four spans with durations and two log lines appear', async () => {
    const { id, value, traceId } = await write();
    expect(traceId).toMatch(/^[0-9a-f]{32}$/);
    expect(await textOf('#result')).toMatch(`Stored ${value} as row ${id}: 4 spans in `);

    const spans = (await items('#spans summary')).map((text) => text.replace(/\s+/g, ' '));
    const duration = / [\d.]+ (s|ms|µs)$/;
    expect(spans.map((text) => text.replace(duration, ''))).toEqual([
      'POST /write frontend, server',
      'POST frontend, client',
      'POST /numbers backend, server',
      'INSERT numbers backend, client',
    ]);
    for (const span of spans) expect(span).toMatch(duration);
    expect(await textOf('#result')).toMatch(`4 spans in ${await page.locator('#spans .time').first().innerText()}, `);
    const bars = await page.locator('.bar').evaluateAll((all) => all.map((bar) => bar.getBoundingClientRect().width));
    expect(bars).toHaveLength(4);
    expect(Math.min(...bars)).toBeGreaterThan(0);
    expect(await page.innerText('#trace-title')).toBe('Your write');

    const lines = (await items('#logs li')).map((text) => text.replace(/^[\d:.]+\s+(\w+)\s+(.*) in .*$/s, '$1 $2'));
    expect(lines.sort()).toEqual(['backend POST /numbers 201', 'frontend POST /write 201']);
    expect(await textOf(`#row-${id}`)).toMatch(new RegExp(`^${id} ${value} [\\d:]+ ${traceId} Open trace`));
  });

  test('rows appear by themselves, newest first, without a gap; the row in focus stays', async () => {
    const { id } = await write();
    const button = page.locator(`#row-${id} button`);
    await button.focus();
    for (let others = 0; others < 12; others += 1) await fetch(`${stack.frontend.url}/write`, { method: 'POST' });
    await until('ten newer rows, and the one in focus', async () => {
      const ids = await page.locator('#latest tr').evaluateAll((rows) => rows.map((row) => Number(row.id.replace('row-', ''))));
      const newest = Array.from({ length: 10 }, (_, index) => Number(id) + 12 - index);
      return ids.join() === [...newest, Number(id)].join();
    });
    expect(await button.evaluate((element) => element === document.activeElement)).toBe(true);
  });

  test('Pause stops the updates, Resume continues them', async () => {
    await page.getByRole('button', { name: 'Pause' }).click();
    const [before] = await items('#latest tr');
    const { id } = (await (await fetch(`${stack.frontend.url}/write`, { method: 'POST' })).json()) as { id: number };
    await pause(6_000); // longer than the time between two updates: that nothing happens cannot be polled for
    expect((await items('#latest tr'))[0]).toBe(before);
    await page.getByRole('button', { name: 'Resume' }).click();
    await page.locator(`#row-${id}`).waitFor();
  });

  test('Open trace shows the trace of a row, and moves the focus to it', async () => {
    const { id, traceId } = await write();
    await fetch(`${stack.frontend.url}/write`, { method: 'POST' });
    const other = await open();
    await other.getByText(`Row ${Number(id) + 1}`, { exact: true }).waitFor();
    await other.getByRole('button', { name: `Open trace of row ${id}`, exact: true }).press('Enter');
    await other.getByText(`Row ${id}`, { exact: true }).waitFor();
    expect(await other.innerText('#row-trace')).toBe(traceId);
    expect(await other.evaluate(() => document.activeElement?.id)).toBe('trace-title');
    await other.locator('#spans > li').nth(3).waitFor();
    await other.context().close();
  });

  test('a span opens by keyboard to its attributes, its SQL and its log lines', async () => {
    await write();
    const details = (index: number) => page.locator('#spans details').nth(index);
    for (const index of [2, 3]) await details(index).locator('summary').press('Enter');
    const [server, insert] = [await details(2).innerText(), await details(3).innerText()];
    expect(server).toMatch(/http\.route\s+\/numbers/);
    expect(server).toMatch(/http\.response\.status_code\s+201/);
    expect(server).toMatch(/Log lines.*POST \/numbers 201 in.*statusCode=201/s);
    expect(server).not.toMatch(/service\.name|SQL/);
    expect(insert).toMatch(/SQL\s+INSERT INTO numbers \(value,/);
    expect(insert).not.toMatch('Log lines');
  });

  test('a bar stays within that of its parent, and the first one is as long as the trace', async () => {
    const at = (name: string, parentSpanId: string | null, startMs: number, durationMs: number) => {
      const service = name.length > 5 ? 'backend' : 'frontend';
      return { spanId: name, parentSpanId, service, name, kind: 'CLIENT', startMs, durationMs, isError: false, attributes: {} };
    };
    const spans = [at('first', null, 0, 10), at('POST', 'first', 1, 8), at('INSERT numbers', 'POST', 7, 5)];
    const other = await open({ reducedMotion: 'reduce' }, async (context) => {
      await context.route('**/trace/*?*', (route) => route.fulfill({ json: spans }));
    });
    await other.locator('.bar').nth(2).waitFor();
    const boxes = await other.locator('.bar').evaluateAll((all) =>
      all.map((bar) => {
        const [{ left, right }, track] = [bar.getBoundingClientRect(), (bar.parentElement as Element).getBoundingClientRect()];
        return [left, right].map((x) => Math.round((100 * (x - track.left)) / track.width));
      }),
    );
    expect(await other.innerText('#spans .time')).toBe('10.0 ms');
    expect(boxes).toEqual([
      [0, 100],
      [10, 90],
      [70, 90],
    ]);
    await other.context().close();
  });

  test('a partial trace is shown, and its other spans and log lines are waited for', async () => {
    const span = (spanId: string, parentSpanId: string | null, service: string, kind: string, name: string) => {
      return { spanId, parentSpanId, service, kind, name, startMs: 0, durationMs: 5, isError: false, attributes: {} };
    };
    const complete = [
      span('1', null, 'frontend', 'SERVER', 'POST /write'),
      span('2', '1', 'frontend', 'CLIENT', 'POST'),
      span('3', '2', 'backend', 'SERVER', 'POST /numbers'),
      span('4', '3', 'backend', 'CLIENT', 'INSERT numbers'),
    ];
    const line = (spanId: string) => {
      const time = new Date().toISOString();
      return { time, service: 'backend', level: 'info', message: `line of ${spanId}`, spanId, attributes: {} };
    };
    let arrived = 3;
    const other = await open({}, async (context) => {
      await context.route('**/trace/*?*', (route) =>
        route.fulfill({ json: complete.slice(0, arrived), headers: { 'trace-complete': String(arrived === 4) } }),
      );
      await context.route('**/trace/*/logs?*', (route) =>
        route.fulfill({ json: arrived === 4 ? [line('1'), line('3')] : [line('1')] }),
      );
    });
    await other.getByText('3 spans in 5.00 ms so far …').waitFor();
    await other.getByText('1 log line so far …').waitFor();
    arrived = 4;
    await other.locator('#spans > li').nth(3).waitFor();
    await other.locator('#logs li').nth(1).waitFor();
    await until(
      'the end of the wait',
      async () => (await other.innerText('#spans-note')) === '' && (await other.innerText('#logs-note')) === '',
    );
    await other.context().close();
  });

  test('spans that never arrive are reported', async () => {
    const other = await open({}, (context) =>
      context.route('**/trace/**', (route) => route.fulfill({ status: 404, json: { message: 'nothing yet', traceId: null } })),
    );
    for (const noun of ['spans', 'log lines'])
      await other
        .getByText(`None: the ${noun} did not arrive within 10 s. They were not sampled, have expired or are lost.`)
        .waitFor();
    faults.length = 0; // Chromium logs each 404
    await other.context().close();
  });

  test('a row without a trace has no spans, and a row of another day has its date', async () => {
    const row = { id: 7, value: 42, createdAt: '2020-02-29T12:00:00.000Z', traceId: null };
    const other = await open({}, (context) => context.route('**/read?*', (route) => route.fulfill({ json: [row] })));
    await other.getByText('None: it was written without a trace.').first().waitFor();
    expect(await other.innerText('#trace-title')).toBe('Row 7');
    expect(await other.innerText('#row-time')).toMatch(/2020/);
    expect(await other.innerText('#latest')).toMatch(/2020/);
    expect(await other.locator('#spans li, #logs li, #latest button').count()).toBe(0);
    await other.getByRole('button', { name: 'Write a number' }).click();
    await other.locator('#spans > li').nth(3).waitFor();
    expect(await other.innerText('#row-time')).toMatch(/^[\d:.]+$/);
    await other.context().close();
  });

  test('the link opens the trace in the viewer', async () => {
    const { traceId } = await write();
    const href = await page.locator('#row-trace a').getAttribute('href');
    const target = await browser.newPage();
    await target.goto(href as string);
    await target.getByText(traceId).first().waitFor();
    await target.getByText('INSERT').first().waitFor();
    await target.close();
  });

  test('a new visitor sees the latest write and its trace at once', async () => {
    const { traceId } = await write();
    const other = await open();
    await other.locator('#spans > li').nth(3).waitFor();
    expect(await other.innerText('#row-trace')).toBe(traceId);
    expect(await other.innerText('#trace-title')).toMatch(/^Row \d+$/);
    await other.context().close();
  });

  test('the keyboard alone writes, the focus stays, and a screen reader announces the result', async () => {
    const other = await open();
    await other.keyboard.press('Tab');
    expect(await other.evaluate(() => document.activeElement?.textContent)).toBe('Write a number');
    await other.keyboard.press('Enter');
    await until('the result', async () => /Stored .* 2 log lines/.test(await other.getByRole('status').innerText()));
    expect(await other.evaluate(() => document.activeElement?.id)).toBe('write');
    await other.context().close();
  });

  test.each([
    { colorScheme: 'light', viewport: { width: 1280, height: 800 } },
    { colorScheme: 'dark', viewport: { width: 320, height: 640 } },
  ] as const)('is accessible: $colorScheme, $viewport.width px wide, and scrolls in one direction', async (options) => {
    const other = await open(options);
    await other.locator('#spans > li').nth(3).waitFor();
    await other.locator('#logs li').nth(1).waitFor();
    await other.getByRole('button', { name: 'retry-storm' }).click();
    await other.getByText('retry-storm is on: ').waitFor();
    for (const index of [0, 3]) await other.locator('summary').nth(index).click();
    await other.evaluate(axe);
    const { violations } = await other.evaluate(() => (window as any).axe.run());
    expect(violations.map(({ id, nodes }: any) => `${id}: ${nodes.map(({ html }: any) => html).join(' ')}`)).toEqual([]);
    expect(await other.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
    await other.getByRole('button', { name: 'retry-storm' }).click();
    await other.getByText('All are off.', { exact: true }).waitFor();
    await other.context().close();
  });

  test('is less than 60 kB in all, and paints within 200 ms, or as soon as a busy browser paints anything', async () => {
    const firstPaint = () => performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? Number.POSITIVE_INFINITY;
    const bytes = await until('a paint within 200 ms', async () => {
      const least = await browser.newPage();
      await least.goto('data:text/html,A line of text');
      const leastMs = await least.evaluate(firstPaint);
      await least.close();
      const other = await open();
      await other.locator('#spans > li').first().waitFor();
      const paintMs = await other.evaluate(firstPaint);
      const bytes = await other.evaluate(() =>
        [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]
          .map((entry) => (entry as PerformanceResourceTiming).decodedBodySize)
          .reduce((sum, size) => sum + size, 0),
      );
      await other.context().close();
      return paintMs < Math.max(200, 2 * leastMs) && bytes;
    });
    expect(bytes).toBeGreaterThan(10_000);
    expect(bytes).toBeLessThan(60_000); // with what it has read
  });

  test('sends no requests while it is hidden, and continues when it is visible', async () => {
    const requests: string[] = [];
    page.on('request', (request) => requests.push(new URL(request.url()).pathname));
    await until('requests while it is visible', () => requests.includes('/status'));
    await setHidden(true);
    const before = requests.length;
    await pause(6_000); // longer than between two requests: that nothing happens cannot be polled for
    expect(requests.slice(before)).toEqual([]);
    await setHidden(false);
    await until('requests', () => requests.slice(before).includes('/read') && requests.slice(before).includes('/status'));
  });

  test('only a write creates a trace: what the page loads and polls creates none', async () => {
    // A trace is named by its first span, which may be the last to arrive.
    await until('POST /write alone', async () => [...new Set(await viewer.traceNames())].join() === 'POST /write');
    await until('the log lines of writes and of GET /read alone', async () => {
      const requests = (await viewer.logBodies()).filter((body) => /^[A-Z]+ \//.test(body));
      const names = new Set(requests.map((body) => body.replace(/( \d|:).*/, ''))); // a page that closes may abort a request
      return [...names].sort().join() === 'GET /numbers,GET /read,POST /numbers,POST /write';
    });
  });

  test('Break it: a click switches a fault on, the next write tells what it does, another click switches it off', async () => {
    const { traceId } = await write();
    const toggle = page.getByRole('button', { name: 'slow-database' });
    const note = page.locator('#faults-note');
    expect(await note.innerText()).toBe('All are off.');
    await toggle.click();
    await page.getByText('slow-database is on: backend, each INSERT takes 0.8 s longer.', { exact: true }).waitFor();
    expect(await toggle.getAttribute('aria-pressed')).toBe('true');
    await page.getByRole('button', { name: 'Write a number' }).click();
    await until('the comparison', async () =>
      /^Stored \d+ as row \d+: 4 spans in [\d.]+ m?s, 2 log lines\. Without slow-database: 4 spans in [\d.]+ m?s, 2 log lines\.$/.test(
        await textOf('#result'),
      ),
    );
    const slow = (await (await fetch(`${stack.frontend.url}/trace/${await textOf('#row-trace')}`)).json()) as any[];
    expect(slow.at(-1)).toMatchObject({ name: 'INSERT numbers' });
    expect(slow.at(-1).durationMs).toBeGreaterThan(750);
    await toggle.click();
    await page.getByText('All are off.', { exact: true }).waitFor();
    expect(await toggle.getAttribute('aria-pressed')).toBe('false');
    const { traceId: last } = await write();
    expect(last).not.toBe(traceId);
    expect(await textOf('#result')).toMatch(/2 log lines\.$/);
  });

  test('Break it: the keyboard alone replaces one fault by another, and the focus stays', async () => {
    const [first, second] = ['n-plus-one', 'failing-writes'].map((name) => page.getByRole('button', { name }));
    await first?.press('Enter');
    await page.getByText('n-plus-one is on: backend, ').waitFor();
    await second?.press('Space');
    await until(
      'one fault',
      async () => (await page.locator('#faults [aria-pressed=true]').allInnerTexts()).join() === 'failing-writes',
    );
    expect(await second?.evaluate((element) => element === document.activeElement)).toBe(true);
    await second?.press('Space');
    await page.getByText('All are off.', { exact: true }).waitFor();
  });

  test('Break it: shows what make fault has switched', async () => {
    fault('log-flood');
    await page.getByText('log-flood is on: backend, logs 100 lines with a password for each write.', { exact: true }).waitFor();
    fault('off');
    await page.getByText('All are off.', { exact: true }).waitFor();
  });

  test('until here: no error in the console, no violation of the Content-Security-Policy, no request to another origin', () => {
    expect(faults).toEqual([]);
  });

  test('the footer links to both APIs and the viewer', async () => {
    const links = await page.locator('footer a').evaluateAll((all) => all.map((link) => (link as HTMLAnchorElement).href));
    expect(links).toEqual([
      `${stack.frontend.url}/docs`,
      `http://localhost:${new URL(stack.backend.url).port}/docs`,
      `${viewer.url}/`,
    ]);
    for (const link of links) expect((await fetch(link)).status).toBe(200);
  });

  test.each([
    ['the connection is lost', (route: Route) => route.abort()],
    ['504', (route: Route) => route.fulfill({ status: 504, json: { message: 'the backend is too slow', traceId: null } })],
  ])('without a response it does not report that the write failed: %s', async (_name, answer) => {
    const other = await open();
    await other.locator('#spans > li').nth(3).waitFor();
    const before = await other.innerText('#row-id');
    await other.route('**/write', async (route) => {
      await fetch(route.request().url(), { method: 'POST' }); // it is stored, and the response lost
      await answer(route);
    });
    await other.getByRole('button', { name: 'Write a number' }).click();
    await other.getByText('No response: the number may have been stored.').waitFor();
    expect(await other.isVisible('#trace')).toBe(false);
    await until('the row', async () => Number((await other.locator('#latest td').first().innerText()) ?? 0) > Number(before));
    await other.context().close();
  });

  test('a rejected request for the status means a busy or failing frontend, not one that is down', async () => {
    const other = await open();
    await other.locator('#spans > li').nth(3).waitFor();
    const reject = (status: number, message: string) =>
      other.route('**/status', (route) => route.fulfill({ status, json: { message, traceId: null } }));
    const alert = async () => (await other.getByRole('alert').innerText()).replace(/\s+/g, ' ').trim();
    await reject(503, 'busy: 256 requests are in flight');
    await until('busy', async () => (await alert()) === 'The frontend is busy. 256 requests are in flight.');
    expect(await other.innerText('#components')).toMatch('frontend is busy');
    await reject(500, 'internal error');
    await until(
      'failing',
      async () => (await alert()) === 'The frontend is failing. Internal error. For the reason, run make logs.',
    );
    await other.unroute('**/status');
    await until('the end of the alert', async () => (await other.getByRole('alert').innerText()) === '');
    await other.context().close();
  });

  test('without PostgreSQL a write fails with its reason and its trace; the alert ends when PostgreSQL is up', async () => {
    await postgres.stop();
    await until('the alert', async () => /PostgreSQL is down\./.test(await page.getByRole('alert').innerText()));
    await page.getByRole('button', { name: 'Write a number' }).click();
    await until('the reason', async () => /^Write failed: the backend is not ready/.test(await textOf('#result')));
    expect(await page.innerText('#trace-title')).toBe('Your write: failed');
    expect(await textOf('.row')).toMatch(/^Trace [0-9a-f]{32}$/);
    await until('what failed in both services', async () => {
      const failed = (await page.locator('#spans .bad .title').allInnerTexts()).map((text) => text.replace(/\s+/g, ' '));
      const isThere = (text: string) => failed.includes(text);
      return ['POST /write frontend, server', 'POST frontend, client', 'POST /numbers backend, server'].every(isThere);
    });
    await until('the log line of the failure', async () => (await page.locator('#logs .bad').count()) > 0);
    postgres = await forward(postgresGate, inject('postgres').port);
    await until('the end of the alert', async () => (await page.getByRole('alert').innerText()) === '');
    await write();
  });

  test('without the viewer a write succeeds, and the reason for the missing spans is shown', async () => {
    await viewer.stop();
    await until('the alert', async () => /viewer is down\./.test(await page.getByRole('alert').innerText()));
    const before = await textOf('#row-id');
    await page.getByRole('button', { name: 'Write a number' }).click();
    await until('another row', async () => (await textOf('#row-id')) !== before);
    await until('why there are no spans', async () => /The viewer at http:\S+ is unreachable/.test(await textOf('#spans-note')));
  });

  test('each component that is down is named, with the command that starts it', async () => {
    await stack.backend.stop();
    await until('the alert', async () => /backend is down\./.test(await page.getByRole('alert').innerText()));
    await until('the state of PostgreSQL', async () => /backend is down PostgreSQL: unknown/.test(await textOf('#components')));
    await page.getByRole('button', { name: 'Write a number' }).click();
    await until('the reason', async () => (await textOf('#result')) === 'Write failed: the backend is unreachable.');
    await stack.frontend.stop();
    await until('the alert', async () => /frontend is down\./.test(await page.getByRole('alert').innerText()));
    expect(await textOf('#problems')).toMatch(/To start what is down, run make up; for the reason, run make logs\.$/);
  });
});

if (!chromiumPath) test.skip('the front page is not tested: no Chromium found; CHROMIUM sets its path');
