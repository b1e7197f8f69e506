// The front page in containers: what it shows of a write comes from the real Tempo and Loki.
import { expect, test } from 'vitest';
import type { Span } from '../../page/stores/stores.ts';
import { chromiumPath, startBrowser } from '../support/browser.ts';
import { chain } from '../support/chain.ts';
import { until } from '../support/until.ts';
import { write } from './stack.ts';

const frontend = `http://localhost:${process.env.FRONTEND_PORT}`;
const get = async (path: string): Promise<any> => (await fetch(frontend + path)).json();

test('the frontend reads the complete trace from Tempo, with durations and attributes', async () => {
  const { traceId } = await write();
  const spans = await until('the complete trace', async () => {
    const response = await fetch(`${frontend}/trace/${traceId}?waitMs=5000`);
    return response.headers.get('trace-complete') === 'true' && ((await response.json()) as any);
  });
  expect(chain(spans)).toEqual([
    'frontend SERVER POST /write',
    'frontend CLIENT POST',
    'backend SERVER POST /numbers',
    'backend CLIENT INSERT numbers',
  ]);
  for (const { durationMs } of spans) expect(durationMs).toBeGreaterThan(0);
  expect(spans[2].attributes).toMatchObject({ 'http.route': '/numbers', 'http.response.status_code': 201 });
  expect(Object.keys(spans[2].attributes)).not.toContain('service.name');
  expect(spans[3].attributes['db.query.text']).toMatch(/^INSERT INTO numbers /);
});

test('the frontend reads the log lines of both services from Loki, with their spans and attributes', async () => {
  const { traceId } = await write();
  const lines = await until('two lines', async () => {
    const found = await get(`/trace/${traceId}/logs?waitMs=5000`);
    return found.length === 2 && found;
  });
  expect(lines.map(({ service, level, message }: any) => `${service} ${level} ${message.replace(/ in .*/, '')}`).sort()).toEqual([
    'backend info POST /numbers 201',
    'frontend info POST /write 201',
  ]);
  for (const { spanId, attributes } of lines) {
    expect(spanId).toMatch(/^[0-9a-f]{16}$/);
    expect(Object.keys(attributes).sort()).toEqual(['durationMs', 'method', 'route', 'statusCode']);
  }
});

test('GET /status names each component, and the link opens a trace in Explore', async () => {
  const { components, traceLink } = await get('/status');
  expect(components).toEqual(['backend', 'PostgreSQL', 'Tempo', 'Loki'].map((name) => ({ name, state: 'up', message: null })));
  const link = new URL(traceLink.replace('{traceId}', 'f'.repeat(32)));
  expect(link.origin).toBe(`http://localhost:${process.env.UI_PORT}`);
  expect(link.pathname).toBe('/explore');
  expect(Object.values(JSON.parse(link.searchParams.get('panes') ?? ''))).toEqual([
    {
      datasource: 'tempo',
      queries: [{ refId: 'A', datasource: { type: 'tempo', uid: 'tempo' }, queryType: 'traceql', query: 'f'.repeat(32) }],
      range: { from: 'now-48h', to: 'now' },
    },
  ]);
});

test('the page switches a fault on, which the next write shows, and off again', async () => {
  const switchOn = async (...on: string[]) => {
    const headers = { 'content-type': 'application/json', origin: frontend };
    const response = await fetch(`${frontend}/faults`, { method: 'POST', headers, body: JSON.stringify({ on }) });
    const faults = (await response.json()) as { name: string; isOn: boolean }[];
    return faults.filter(({ isOn }) => isOn).map(({ name }) => name);
  };
  /** A switch takes a moment to reach the backend, and a trace a moment to be complete: each write is asked about until it is. */
  const writeUntil = async (description: string, isExpected: (spans: Span[]) => boolean) =>
    until(description, async () => {
      const { traceId } = await write();
      const response = await fetch(`${frontend}/trace/${traceId}?waitMs=5000`);
      return response.headers.get('trace-complete') === 'true' && isExpected((await response.json()) as Span[]);
    });
  try {
    expect(await switchOn('n-plus-one')).toEqual(['n-plus-one']);
    await writeUntil('more than one query', (spans) => spans.length > 4);
  } finally {
    expect(await switchOn()).toEqual([]);
  }
  await writeUntil('one query', (spans) => spans.length === 4);
});

test.runIf(chromiumPath)('the page shows the row, the spans and the log lines in a browser', async () => {
  const browser = await startBrowser();
  const page = await browser.newPage();
  const faults: string[] = [];
  page.on('console', (message) => message.type() === 'error' && faults.push(message.text()));
  await page.goto(frontend);
  await page.getByRole('button', { name: 'Write a number' }).click();
  await until('the complete trace', async () => /4 spans in .* 2 log lines/.test(await page.getByRole('status').innerText()));
  const traceId = await page.innerText('#row-trace');
  expect(await page.locator('#row-trace a').getAttribute('href')).toContain(traceId);
  expect(faults).toEqual([]);
  await browser.close();
});
