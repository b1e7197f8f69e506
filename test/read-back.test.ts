// What the front page asks its frontend for.
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { chain } from './support/chain.ts';
import { startFakeBackend } from './support/fake-backend.ts';
import { freePort } from './support/free-port.ts';
import { type Service, startService } from './support/service.ts';
import { type Stack, startStack } from './support/stack.ts';
import { until } from './support/until.ts';
import { startViewer, type Viewer } from './support/viewer.ts';

let viewer: Viewer;
let stack: Stack;

beforeAll(async () => {
  viewer = await startViewer();
  stack = await startStack(viewer.env);
});

afterAll(async () => {
  await stack.stop();
  await viewer.stop();
});

const get = async (path: string, { url }: Service = stack.frontend) => {
  const response = await fetch(url + path);
  return { status: response.status, headers: response.headers, body: (await response.json()) as any };
};

async function write(): Promise<string> {
  return ((await (await fetch(`${stack.frontend.url}/write`, { method: 'POST' })).json()) as { traceId: string }).traceId;
}

const anId = () => randomBytes(16).toString('hex');

test('GET /trace/:traceId waits for the spans of a write; each is the child of the one before', async () => {
  const traceId = await write();
  expect((await get(`/trace/${traceId}?waitMs=5000`)).status).toBe(200);
  const spans = await until('four spans', async () => {
    const { body } = await get(`/trace/${traceId}`);
    return body.length === 4 && body;
  });
  expect(chain(spans)).toEqual([
    'frontend SERVER POST /write',
    'frontend CLIENT POST',
    'backend SERVER POST /numbers',
    'backend CLIENT INSERT numbers',
  ]);
  for (const { startMs, durationMs } of spans) {
    expect(startMs).toBeGreaterThanOrEqual(0);
    expect(durationMs).toBeGreaterThan(0);
  }
});

test('GET /trace/:traceId/logs gives the log lines of both services', async () => {
  const traceId = await write();
  const lines = await until('two lines', async () => {
    const { body } = await get(`/trace/${traceId}/logs?waitMs=5000`);
    return body.length === 2 && body;
  });
  expect(lines.map(({ service, level, message }: any) => `${service} ${level} ${message.replace(/ in .*/, '')}`).sort()).toEqual([
    'backend info POST /numbers 201',
    'frontend info POST /write 201',
  ]);
});

test.each(['', '/logs'])('GET /trace/:traceId%s of what is not there is 404, after the wait that was asked for', async (path) => {
  const traceId = anId();
  const before = performance.now();
  const { status, body } = await get(`/trace/${traceId}${path}?waitMs=300`);
  expect(performance.now() - before).toBeGreaterThan(290);
  expect(status).toBe(404);
  expect(body).toMatchObject({ statusCode: 404, message: expect.stringMatching(`of the trace ${traceId} have arrived yet`) });
});

test.each([
  ['/trace/xyz', /params\/traceId must match pattern/],
  [`/trace/${anId().slice(1)}/logs`, /params\/traceId must match pattern/],
  [`/trace/${anId()}?waitMs=5001`, /querystring\/waitMs must be <= 5000/],
  [`/trace/${anId()}?wait=1`, /additional properties: "wait"/],
])('GET %s is rejected with 400', async (path, message) => {
  const { status, body } = await get(path);
  expect(status).toBe(400);
  expect(body.message).toMatch(message);
});

test('GET /status says what is up, where to look at a trace, and where else to look', async () => {
  const { status, body } = await get('/status');
  expect(status).toBe(200);
  expect(body).toEqual({
    parts: ['backend', 'PostgreSQL', 'viewer'].map((name) => ({ name, state: 'up', message: null })),
    traceLink: `${viewer.url}/#trace={traceId}`,
    links: [
      { name: 'The viewer', url: `${viewer.url}/` },
      { name: 'The API of the backend', url: `http://localhost:${new URL(stack.backend.url).port}/docs` },
    ],
  });
});

test('where no store is set, 501 says which setting is missing, and the status has none', async () => {
  const { UI_PORT: _, ...env } = stack.env;
  const frontend = await startService('frontend', { env: { ...env, BACKEND_PORT: new URL(stack.backend.url).port } });
  expect(await get(`/trace/${anId()}`, frontend)).toMatchObject({
    status: 501,
    body: { message: expect.stringMatching('TEMPO_URL') },
  });
  expect(await get(`/trace/${anId()}/logs`, frontend)).toMatchObject({
    status: 501,
    body: { message: expect.stringMatching('LOKI_URL') },
  });
  expect((await get('/status', frontend)).body).toMatchObject({
    parts: [{ name: 'backend' }, { name: 'PostgreSQL' }],
    traceLink: null,
  });
  await frontend.stop();
});

test('stores that are away or answer with nonsense are 503 and 502 in a sentence; the status says what that means', async () => {
  const fake = await startFakeBackend((_request, response) => response.end('<html>'));
  const away = `http://localhost:${await freePort()}`;
  const BACKEND_PORT = new URL(stack.backend.url).port;
  const env = {
    ...stack.env,
    BACKEND_PORT,
    BACKEND_URL: stack.backend.url,
    GRAFANA_URL: 'https://grafana.example',
    TEMPO_URL: away,
  };
  const frontend = await startService('frontend', { env: { ...env, LOKI_URL: `http://localhost:${fake.port}` } });
  const traces = await get(`/trace/${anId()}`, frontend);
  expect(traces).toMatchObject({
    status: 503,
    body: { error: 'Service Unavailable', message: `Tempo does not answer at ${away}` },
  });
  expect(traces.headers.get('retry-after')).toBe('2');
  const logs = await get(`/trace/${anId()}/logs`, frontend);
  expect(logs).toMatchObject({ status: 502, body: { message: 'Loki answered with something that is no JSON' } });
  const { parts, links } = (await get('/status', frontend)).body;
  expect(links).toEqual([{ name: 'Grafana', url: 'https://grafana.example/' }]); // no browser need reach what BACKEND_URL says
  expect(parts).toContainEqual({ name: 'Tempo', state: 'down', message: expect.stringMatching(/wait in the Collector/) });
  await frontend.stop();
  fake.stop();
});

test('a service that stops does not wait for spans that may come', async () => {
  let asked = 0;
  const store = await startFakeBackend((_request, response) => {
    asked += 1;
    response.writeHead(404).end();
  });
  const env = { ...stack.env, BACKEND_PORT: new URL(stack.backend.url).port, TEMPO_URL: `http://localhost:${store.port}` };
  const frontend = await startService('frontend', { env });
  const before = performance.now();
  const waiting = fetch(`${frontend.url}/trace/${anId()}?waitMs=5000`);
  await until('the question', () => asked > 0);
  const ended = frontend.stop();
  expect((await waiting).status).toBe(404);
  expect(performance.now() - before).toBeLessThan(5_000);
  await ended;
  store.stop();
});

test('the store is asked less and less often while a client waits, and no more when it has left', async () => {
  let asked = 0;
  let isAnswering = true;
  let abandonedAfterMs: number | undefined;
  const store = await startFakeBackend((_request, response) => {
    asked += 1;
    if (isAnswering) return response.writeHead(404).end();
    const startedAt = performance.now();
    response.once('close', () => {
      abandonedAfterMs = performance.now() - startedAt;
    });
  });
  const env = { ...stack.env, BACKEND_PORT: new URL(stack.backend.url).port, TEMPO_URL: `http://localhost:${store.port}` };
  const frontend = await startService('frontend', { env });
  expect((await get(`/trace/${anId()}?waitMs=1500`, frontend)).status).toBe(404);
  expect(asked).toBeGreaterThan(1);
  expect(asked).toBeLessThan(9); // 50, 100, 200, 400 and 500 ms between them

  isAnswering = false;
  const before = asked;
  const leaving = new AbortController();
  const waiting = fetch(`${frontend.url}/trace/${anId()}?waitMs=5000`, { signal: leaving.signal });
  await until('the question', () => asked > before);
  leaving.abort();
  await expect(waiting).rejects.toThrow();
  expect(await until('that it is given up', () => abandonedAfterMs)).toBeLessThan(2_500); // any question is given up after 3 s
  expect(asked).toBe(before + 1);
  await frontend.stop();
  store.stop();
});

test('a page of another web site cannot write; this page, a bookmark and curl can', async () => {
  const post = async (site?: string) =>
    fetch(`${stack.frontend.url}/write`, { method: 'POST', headers: site ? { 'sec-fetch-site': site } : {} });
  const refused = await post('cross-site');
  expect(refused.status).toBe(403);
  expect(await refused.json()).toMatchObject({
    message: 'cross-site requests may not write: use the front page or curl',
  });
  for (const site of ['same-origin', 'same-site', 'none', undefined]) expect((await post(site)).status).toBe(201);
  const { paths } = (await get('/docs/json')).body;
  expect(Object.keys(paths['/write'].post.responses)).toContain('403');
});

test('a browser asks for the page again each time, and gets 304 where nothing has changed', async () => {
  for (const path of ['/', '/page.js', '/style.css']) {
    const { headers } = await fetch(stack.frontend.url + path);
    expect(headers.get('cache-control')).toBe('no-cache');
    const asking = { 'if-none-match': headers.get('etag') as string, 'cache-control': 'max-age=0' }; // as a browser does
    const again = await fetch(stack.frontend.url + path, { headers: asking });
    expect(again.status).toBe(304);
    expect(again.headers.get('cache-control')).toBe('no-cache');
  }
});

test('the page may load nothing from elsewhere, run nothing inline, and be framed by nobody', async () => {
  const { headers } = await fetch(stack.frontend.url);
  expect(headers.get('x-content-type-options')).toBe('nosniff');
  expect(headers.get('content-security-policy')).toMatch("default-src 'none'");
  expect(headers.get('content-security-policy')).toMatch("frame-ancestors 'none'");
  expect(headers.get('content-security-policy')).not.toMatch(/unsafe|https?:|\*/);
});
