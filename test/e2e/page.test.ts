// The front page, in a browser.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { setTimeout as pause } from 'node:timers/promises';
import type { Browser, BrowserContext, BrowserContextOptions, Page, Route } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { chromiumPath, startBrowser } from '../support/browser.ts';
import { forward } from '../support/forward.ts';
import { freePort } from '../support/free-port.ts';
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

/** What no page here may cause: errors in the console, violations of its policy, requests elsewhere. */
const faults: string[] = [];

/** @param prepare puts answers in place that the services would give only by chance, or much later */
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

/** What the page says of one of its parts, without the layout's spaces. */
const read = async (selector: string) => (await page.innerText(selector)).replace(/\s+/g, ' ').trim();
const items = (selector: string) => page.locator(selector).allInnerTexts();

async function write(): Promise<{ id: string; value: string; traceId: string }> {
  await page.getByRole('button', { name: 'Write a number' }).click();
  await until('the whole trace', async () => /4 spans in .* 2 log lines/.test(await read('#said')));
  return { id: await read('#row-id'), value: await read('#row-value'), traceId: await read('#row-trace') };
}

/** As a browser does when another tab is chosen, which a headless one cannot. */
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
    stack = await startStack({ ...viewer.env, PGPORT: String(postgresGate) });
    page = await open();
  });

  afterAll(async () => {
    await browser.close();
    await stack.stop();
    await postgres.stop();
    await viewer.stop();
  });

  test('a click writes a number: its row, four spans with durations and two log lines appear', async () => {
    const { id, value, traceId } = await write();
    expect(traceId).toMatch(/^[0-9a-f]{32}$/);
    expect(await read('#said')).toMatch(`Wrote ${value} as row ${id}: 4 spans in `);

    const spans = (await items('#spans li')).map((text) => text.replace(/\s+/g, ' '));
    const duration = / [\d.]+ (ms|µs)$/;
    expect(spans.map((text) => text.replace(duration, ''))).toEqual([
      'POST /write frontend, server',
      'POST frontend, client',
      'POST /numbers backend, server',
      'INSERT numbers backend, client',
    ]);
    for (const span of spans) expect(span).toMatch(duration);
    expect(await read('#said')).toMatch(`4 spans in ${await page.locator('#spans .time').first().innerText()}, `);
    const bars = await page.locator('.bar').evaluateAll((all) => all.map((bar) => bar.getBoundingClientRect().width));
    expect(bars).toHaveLength(4);
    expect(Math.min(...bars)).toBeGreaterThan(0);
    expect(await page.innerText('#shown-title')).toBe('Your write');

    const lines = (await items('#logs li')).map((text) => text.replace(/^[\d:.]+\s+(\w+)\s+(.*) in .*$/s, '$1 $2'));
    expect(lines.sort()).toEqual(['backend POST /numbers 201', 'frontend POST /write 201']);
    expect((await items('#latest tr'))[0]).toMatch(new RegExp(`^${id}\\s+${value}\\s.*${traceId}$`));
  });

  test('after a write the table has what others wrote as well, newest first, without a gap', async () => {
    for (let others = 0; others < 2; others += 1) await fetch(`${stack.frontend.url}/write`, { method: 'POST' });
    const { id } = await write();
    await until('three rows', async () => {
      const ids = (await items('#latest tr')).map((text) => text.split(/\s/)[0]);
      return ids.slice(0, 3).join() === [0, 1, 2].map((less) => Number(id) - less).join();
    });
  });

  test('a bar stays within that of its parent, and the whole is what the first span says', async () => {
    const at = (name: string, parentSpanId: string | null, startMs: number, durationMs: number) => {
      const service = name.length > 5 ? 'backend' : 'frontend';
      return { spanId: name, parentSpanId, service, name, kind: 'CLIENT', startMs, durationMs, isError: false };
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

  test('a write that was tried again is whole only when its row is there; what still comes is waited for', async () => {
    const span = (spanId: string, parentSpanId: string | null, service: string, kind: string, name: string, isError = false) => {
      return { spanId, parentSpanId, service, kind, name, startMs: 0, durationMs: 5, isError };
    };
    const frontend = [
      span('1', null, 'frontend', 'SERVER', 'POST /write'),
      span('2', '1', 'frontend', 'CLIENT', 'POST', true),
      span('3', '1', 'frontend', 'CLIENT', 'POST'),
    ];
    const first = [...frontend, span('4', '2', 'backend', 'SERVER', 'POST /numbers', true)];
    const second = [
      ...first,
      span('5', '3', 'backend', 'SERVER', 'POST /numbers'),
      span('6', '5', 'backend', 'CLIENT', 'INSERT numbers'),
    ];
    const answers = [frontend, first, first, second];
    const line = { time: new Date().toISOString(), service: 'backend', level: 'info', message: 'POST /numbers' };
    const other = await open({}, async (context) => {
      await context.route('**/trace/*?*', (route) => route.fulfill({ json: answers.shift() ?? second }));
      await context.route('**/trace/*/logs?*', (route) => route.fulfill({ json: [line, line, line] }));
    });
    await other.getByText('4 spans in 5.0 ms so far …').waitFor();
    await other.locator('#spans li').nth(5).waitFor();
    await until(
      'that it is whole',
      async () => (await other.innerText('#spans-note')) === '' && (await other.innerText('#logs-note')) === '',
    );
    expect(answers).toEqual([]);
    await other.context().close();
  });

  test('of a row without a trace it says so, and of one of another day the date', async () => {
    const row = { id: 7, value: 42, createdAt: '2020-02-29T12:00:00.000Z', traceId: null };
    const other = await open({}, (context) => context.route('**/read?*', (route) => route.fulfill({ json: [row] })));
    await other.getByText('None: it was written without a trace.').first().waitFor();
    expect(await other.innerText('#shown-title')).toBe('Row 7');
    expect(await other.innerText('#row-time')).toMatch(/2020/);
    expect(await other.innerText('#latest')).toMatch(/2020/);
    expect(await other.locator('#spans li, #logs li').count()).toBe(0);
    await other.getByRole('button', { name: 'Write a number' }).click();
    await other.locator('#spans li').nth(3).waitFor();
    expect(await other.innerText('#row-time')).toMatch(/^[\d:.]+$/);
    await other.context().close();
  });

  test('the link opens this very trace in the viewer', async () => {
    const { traceId } = await write();
    const href = await page.locator('#row-trace a').getAttribute('href');
    const target = await browser.newPage();
    await target.goto(href as string);
    await target.getByText(traceId).first().waitFor();
    await target.getByText('INSERT').first().waitFor();
    await target.close();
  });

  test('whoever opens it sees the latest write and its trace at once', async () => {
    const { traceId } = await write();
    const other = await open();
    await other.locator('#spans li').nth(3).waitFor();
    expect(await other.innerText('#row-trace')).toBe(traceId);
    expect(await other.innerText('#shown-title')).toMatch(/^Row \d+$/);
    await other.context().close();
  });

  test('the keyboard alone writes, the focus stays, and a screen reader is told', async () => {
    const other = await open();
    await other.keyboard.press('Tab');
    expect(await other.evaluate(() => document.activeElement?.textContent)).toBe('Write a number');
    await other.keyboard.press('Enter');
    await until('what is said', async () => /Wrote .* 2 log lines/.test(await other.getByRole('status').innerText()));
    expect(await other.evaluate(() => document.activeElement?.id)).toBe('write');
    await other.context().close();
  });

  test.each([
    { colorScheme: 'light', viewport: { width: 1280, height: 800 } },
    { colorScheme: 'dark', viewport: { width: 320, height: 640 } },
  ] as const)('is accessible: $colorScheme, $viewport.width px wide, and scrolls in one direction', async (options) => {
    const other = await open(options);
    await other.locator('#spans li').nth(3).waitFor();
    await other.locator('#logs li').nth(1).waitFor();
    await other.evaluate(axe);
    const { violations } = await other.evaluate(() => (window as any).axe.run());
    expect(violations.map(({ id, nodes }: any) => `${id}: ${nodes.map(({ html }: any) => html).join(' ')}`)).toEqual([]);
    expect(await other.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
    await other.context().close();
  });

  test('is less than 30 kB in all, and paints within 200 ms, or as soon as a browser so busy paints anything', async () => {
    const firstPaint = () => performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? Number.POSITIVE_INFINITY;
    const bytes = await until('a paint within 200 ms', async () => {
      const least = await browser.newPage();
      await least.goto('data:text/html,A line of text');
      const leastMs = await least.evaluate(firstPaint);
      await least.close();
      const other = await open();
      await other.locator('#spans li').first().waitFor();
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
    expect(bytes).toBeLessThan(30_000); // what it has read included
  });

  test('asks for nothing while it is not looked at, and again when it is', async () => {
    const asked: string[] = [];
    page.on('request', (request) => asked.push(new URL(request.url()).pathname));
    await until('its questions while it is looked at', () => asked.includes('/status'));
    await setHidden(true);
    const before = asked.length;
    await pause(2_500); // more than between two questions: that nothing happens cannot be polled for
    expect(asked.slice(before)).toEqual([]);
    await setHidden(false);
    await until('its questions', () => asked.slice(before).includes('/read') && asked.slice(before).includes('/status'));
  });

  test('what it loads and reads back leaves no trace and no log line; a write leaves one trace', async () => {
    // A trace is named by its first span, which may be the last to arrive.
    const seen = async () => [...new Set(await viewer.traceNames())].sort().join();
    await until('POST /write and GET /read alone', async () => (await seen()) === 'GET /read,POST /write');
    await until('the log lines of those requests alone', async () => {
      const requests = (await viewer.logBodies()).filter((body) => /^[A-Z]+ \//.test(body));
      const names = new Set(requests.map((body) => body.replace(/ \d.*/, '')));
      return [...names].sort().join() === 'GET /numbers,GET /read,POST /numbers,POST /write';
    });
  });

  test('until here: no error in the console, no violation of its policy, no request to another origin', () => {
    expect(faults).toEqual([]);
  });

  test('its foot leads to the viewer and to both APIs', async () => {
    const links = await page.locator('footer a').evaluateAll((all) => all.map((link) => (link as HTMLAnchorElement).href));
    expect(links).toEqual([
      `${stack.frontend.url}/docs`,
      `${viewer.url}/`,
      `http://localhost:${new URL(stack.backend.url).port}/docs`,
    ]);
    for (const link of links) expect((await fetch(link)).status).toBe(200);
  });

  test.each([
    ['nobody answers', (route: Route) => route.abort()],
    ['504', (route: Route) => route.fulfill({ status: 504, json: { message: 'the backend is too slow', traceId: null } })],
  ])('does not say that nothing was written when it cannot know: %s', async (_name, answer) => {
    const other = await open();
    await other.locator('#spans li').nth(3).waitFor();
    const before = await other.innerText('#row-id');
    await other.route('**/write', async (route) => {
      await fetch(route.request().url(), { method: 'POST' }); // it is written, and the answer lost
      await answer(route);
    });
    await other.getByRole('button', { name: 'Write a number' }).click();
    await other.getByText('No answer: it may have been written.').waitFor();
    expect(await other.isVisible('#shown')).toBe(false);
    await until('the row', async () => Number((await other.locator('#latest td').first().innerText()) ?? 0) > Number(before));
    await other.context().close();
  });

  test('says that the frontend is busy, or failing, rather than down, when its status is refused', async () => {
    const other = await open();
    await other.locator('#spans li').nth(3).waitFor();
    const refuse = (status: number, message: string) =>
      other.route('**/status', (route) => route.fulfill({ status, json: { message, traceId: null } }));
    await refuse(503, 'busy: 256 requests are in work');
    await other.getByText('The frontend is busy. 256 requests are in work.').waitFor();
    expect(await other.innerText('#parts')).toMatch('frontend is busy');
    await refuse(500, 'something went wrong inside; the log tells more');
    await other.getByText('The frontend is failing. Something went wrong inside').waitFor();
    await other.unroute('**/status');
    await until('the end of the alert', async () => (await other.getByRole('alert').innerText()) === '');
    await other.context().close();
  });

  test('says that PostgreSQL is down, refuses to write in words, and says no more when it is back', async () => {
    await postgres.stop();
    await until('the alert', async () => /PostgreSQL is down\./.test(await page.getByRole('alert').innerText()));
    await page.getByRole('button', { name: 'Write a number' }).click();
    await until('the reason', async () => /^Not written: the backend is not ready/.test(await read('#said')));
    expect(await page.innerText('#shown-title')).toBe('Your write, which failed');
    expect(await read('.row')).toMatch(/^Trace [0-9a-f]{32}$/);
    await until('what failed in both services', async () => {
      const failed = (await page.locator('#spans .bad .what').allInnerTexts()).map((text) => text.replace(/\s+/g, ' '));
      const isThere = (text: string) => failed.includes(text);
      return ['POST /write frontend, server', 'POST frontend, client', 'POST /numbers backend, server'].every(isThere);
    });
    await until('the log line of the failure', async () => (await page.locator('#logs .bad').count()) > 0);
    postgres = await forward(postgresGate, inject('postgres').port);
    await until('the end of the alert', async () => (await page.getByRole('alert').innerText()) === '');
    await write();
  });

  test('says that the viewer is down, and still writes', async () => {
    await viewer.stop();
    await until('the alert', async () => /viewer is down\./.test(await page.getByRole('alert').innerText()));
    const before = await read('#row-id');
    await page.getByRole('button', { name: 'Write a number' }).click();
    await until('another row', async () => (await read('#row-id')) !== before);
    await until('why there are no spans', async () => /The viewer does not answer at/.test(await read('#spans-note')));
  });

  test('says that the backend is down, and that the frontend is', async () => {
    await stack.backend.stop();
    await until('the alert', async () => /backend is down\./.test(await page.getByRole('alert').innerText()));
    await until('the state of PostgreSQL', async () => /backend is down PostgreSQL: not known/.test(await read('#parts')));
    await page.getByRole('button', { name: 'Write a number' }).click();
    await until('the reason', async () => (await read('#said')) === 'Not written: the backend does not answer.');
    await stack.frontend.stop();
    await until('the alert', async () => /frontend is down\./.test(await page.getByRole('alert').innerText()));
  });
});

if (!chromiumPath) test.skip('the front page is not tried: no Chromium is here; CHROMIUM may say where it is');
