// The routes of the front page: its files, and what it reads.
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { chain } from './support/chain.ts';
import { startFakeBackend } from './support/fake-backend.ts';
import { freePort } from './support/free-port.ts';
import { type Service, startService } from './support/service.ts';
import { type Stack, startStack } from './support/stack.ts';
import { tempoResponse } from './support/tempo-response.ts';
import { until } from './support/until.ts';
import { startViewer, type Viewer } from './support/viewer.ts';

let viewer: Viewer;
let stack: Stack;
/** Of a Tempo whose responses a test defines. */
let answer: Parameters<typeof startFakeBackend>[0];
let tempo: Awaited<ReturnType<typeof startFakeBackend>>;
let frontendWithTempo: Service;

beforeAll(async () => {
  viewer = await startViewer();
  stack = await startStack(viewer.env);
  tempo = await startFakeBackend((request, response) => answer(request, response));
  frontendWithTempo = await startFrontend({ TEMPO_URL: `http://localhost:${tempo.port}` });
});

afterAll(async () => {
  await frontendWithTempo.stop();
  tempo.stop();
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

const startFrontend = (env: Record<string, string>) =>
  startService('frontend', { env: { ...stack.env, BACKEND_PORT: new URL(stack.backend.url).port, ...env } });

const anId = () => randomBytes(16).toString('hex');

test('GET /trace/:traceId waits for the complete trace of a write: four spans with times and attributes', async () => {
  const traceId = await write();
  const { status, headers, body: spans } = await get(`/trace/${traceId}?waitMs=5000`);
  expect(status).toBe(200);
  expect(headers.get('trace-complete')).toBe('true');
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
  const [entry, , , insert] = spans;
  expect(entry.attributes).toMatchObject({ 'http.route': '/write', 'http.response.status_code': 201 });
  expect(insert.attributes['db.query.text']).toMatch(/^INSERT INTO numbers /);
  expect(Object.keys(insert.attributes)).not.toContain('service.name');
});

test('GET /trace/:traceId/logs returns a log line of each service, with its span and attributes', async () => {
  const traceId = await write();
  const spans = (await get(`/trace/${traceId}?waitMs=5000`)).body;
  const lines = await until('two lines', async () => {
    const { body } = await get(`/trace/${traceId}/logs?waitMs=5000`);
    return body.length === 2 && body;
  });
  const spanNames = Object.fromEntries(spans.map(({ spanId, name }: any) => [spanId, name]));
  const summaries = lines.map(({ service, level, message, spanId, attributes }: any) =>
    [service, level, message.replace(/ in .*/, ''), spanNames[spanId], attributes.statusCode].join(', '),
  );
  expect(summaries.sort()).toEqual([
    'backend, info, POST /numbers 201, POST /numbers, 201',
    'frontend, info, POST /write 201, POST /write, 201',
  ]);
});

test('GET /trace/:traceId/logs returns a log record without a severity as info', async () => {
  const traceId = anId();
  const logRecords = [{ traceId, timeUnixNano: `${Date.now()}000000`, body: { stringValue: 'hello' } }];
  const body = JSON.stringify({ resourceLogs: [{ resource: { attributes: [] }, scopeLogs: [{ logRecords }] }] });
  await fetch(`${viewer.url}/v1/logs`, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
  expect(await get(`/trace/${traceId}/logs?waitMs=5000`)).toMatchObject({ body: [{ level: 'info', message: 'hello' }] });
});

test('GET /trace/:traceId waits for spans that arrive late', async () => {
  let requests = 0;
  answer = (_request, response) => {
    requests += 1;
    response.end(tempoResponse(requests < 4 ? requests : 4));
  };
  const { headers, body } = await get(`/trace/${anId()}?waitMs=5000`, frontendWithTempo);
  expect(body).toHaveLength(4);
  expect(headers.get('trace-complete')).toBe('true');
  expect(requests).toBe(4);
  expect(body[1]).toMatchObject({
    spanId: '0000000000000002',
    parentSpanId: '0000000000000001',
    startMs: 1.00025,
    attributes: { 'http.response.status_code': 201 },
  });
});

test('GET /trace/:traceId returns the spans that are there when the wait ends, and reports that the trace is incomplete', async () => {
  answer = (_request, response) => response.end(tempoResponse(3));
  for (const query of ['', '?waitMs=200']) {
    const { status, headers, body } = await get(`/trace/${anId()}${query}`, frontendWithTempo);
    expect(status).toBe(200);
    expect(body).toHaveLength(3);
    expect(headers.get('trace-complete')).toBe('false');
  }
  const { paths } = (await get('/docs/json')).body;
  expect(paths['/trace/{traceId}'].get.responses[200].headers['trace-complete'].schema).toMatchObject({ type: 'boolean' });
});

test.each(['', '/logs'])('GET /trace/:traceId%s returns 404 for an unknown trace, after the requested wait', async (path) => {
  const traceId = anId();
  const before = performance.now();
  const { status, body } = await get(`/trace/${traceId}${path}?waitMs=300`);
  expect(performance.now() - before).toBeGreaterThan(290);
  expect(status).toBe(404);
  expect(body).toMatchObject({ statusCode: 404, message: expect.stringMatching(`of trace ${traceId} have arrived yet`) });
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

test('GET /status returns the state of each component, and the links', async () => {
  const { status, body } = await get('/status');
  expect(status).toBe(200);
  expect(body).toEqual({
    components: ['backend', 'PostgreSQL', 'viewer'].map((name) => ({ name, state: 'up', message: null })),
    traceLink: `${viewer.url}/#trace={traceId}`,
    links: [
      { name: 'Backend API', url: `http://localhost:${new URL(stack.backend.url).port}/docs` },
      { name: 'Viewer', url: `${viewer.url}/` },
    ],
  });
});

test('without a store the routes return 501 with the missing setting, and GET /status lists none', async () => {
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
    components: [{ name: 'backend' }, { name: 'PostgreSQL' }],
    traceLink: null,
  });
  await frontend.stop();
});

test('an unreachable store is a 503, an invalid response a 502, and GET /status reports what does not work', async () => {
  const loki = await startFakeBackend((_request, response) => response.end('<html>'));
  const unreachable = `http://localhost:${await freePort()}`;
  const frontend = await startFrontend({
    BACKEND_URL: stack.backend.url,
    GRAFANA_URL: 'https://grafana.example',
    TEMPO_URL: unreachable,
    LOKI_URL: `http://localhost:${loki.port}`,
  });
  const traces = await get(`/trace/${anId()}`, frontend);
  expect(traces).toMatchObject({
    status: 503,
    body: { error: 'Service Unavailable', message: `Tempo at ${unreachable} is unreachable` },
  });
  expect(traces.headers.get('retry-after')).toBe('1');
  const logs = await get(`/trace/${anId()}/logs`, frontend);
  expect(logs).toMatchObject({
    status: 502,
    body: { message: `Loki at http://localhost:${loki.port} responded with invalid JSON` },
  });
  const { components, links } = (await get('/status', frontend)).body;
  expect(links).toEqual([{ name: 'Grafana', url: 'https://grafana.example/' }]); // a browser may not reach BACKEND_URL
  expect(components).toContainEqual({
    name: 'Tempo',
    state: 'down',
    message: 'Traces cannot be shown. The Collector buffers new spans until it recovers.',
  });
  await frontend.stop();
  loki.stop();
});

test('SIGTERM ends the wait for spans', async () => {
  let requests = 0;
  answer = (_request, response) => {
    requests += 1;
    response.writeHead(404).end();
  };
  const frontend = await startFrontend({ TEMPO_URL: `http://localhost:${tempo.port}` });
  const startedAt = performance.now();
  const waiting = fetch(`${frontend.url}/trace/${anId()}?waitMs=5000`);
  await until('the first request', () => requests > 0);
  const stopped = frontend.stop();
  expect((await waiting).status).toBe(404);
  expect(performance.now() - startedAt).toBeLessThan(5_000);
  await stopped;
});

test('a wait polls the store with growing pauses, and ends when the client disconnects', async () => {
  let requests = 0;
  let isResponding = true;
  let cancelledAfterMs: number | undefined;
  answer = (_request, response) => {
    requests += 1;
    if (isResponding) return response.writeHead(404).end();
    const startedAt = performance.now();
    response.once('close', () => {
      cancelledAfterMs = performance.now() - startedAt;
    });
  };
  expect((await get(`/trace/${anId()}?waitMs=1500`, frontendWithTempo)).status).toBe(404);
  expect(requests).toBeGreaterThan(1);
  expect(requests).toBeLessThan(9); // pauses of 50, 100, 200, 400 and 500 ms

  isResponding = false;
  const before = requests;
  const disconnect = new AbortController();
  const waiting = fetch(`${frontendWithTempo.url}/trace/${anId()}?waitMs=5000`, { signal: disconnect.signal });
  await until('the request', () => requests > before);
  disconnect.abort();
  await expect(waiting).rejects.toThrow();
  expect(await until('the cancelled request', () => cancelledAfterMs)).toBeLessThan(2_500); // the timeout of a request is 3 s
  expect(requests).toBe(before + 1);
});

test('a page of another site cannot write; this page and curl can', async () => {
  const post = async (site?: string) =>
    fetch(`${stack.frontend.url}/write`, { method: 'POST', headers: site ? { 'sec-fetch-site': site } : {} });
  const rejected = await post('cross-site');
  expect(rejected.status).toBe(403);
  expect(await rejected.json()).toMatchObject({
    message: 'cross-site requests may not write: use the front page or curl',
  });
  for (const site of ['same-origin', 'same-site', 'none', undefined]) expect((await post(site)).status).toBe(201);
  const { paths } = (await get('/docs/json')).body;
  expect(Object.keys(paths['/write'].post.responses)).toContain('403');
});

test('the files are revalidated on each load: 304 if nothing has changed', async () => {
  for (const path of ['/', '/page.js', '/style.css']) {
    const { headers } = await fetch(stack.frontend.url + path);
    expect(headers.get('cache-control')).toBe('no-cache');
    const revalidation = { 'if-none-match': headers.get('etag') as string, 'cache-control': 'max-age=0' }; // as a browser does
    const response = await fetch(stack.frontend.url + path, { headers: revalidation });
    expect(response.status).toBe(304);
    expect(response.headers.get('cache-control')).toBe('no-cache');
  }
});

test('the Content-Security-Policy forbids other origins, inline scripts and frames', async () => {
  const { headers } = await fetch(stack.frontend.url);
  expect(headers.get('x-content-type-options')).toBe('nosniff');
  expect(headers.get('content-security-policy')).toMatch("default-src 'none'");
  expect(headers.get('content-security-policy')).toMatch("frame-ancestors 'none'");
  expect(headers.get('content-security-policy')).not.toMatch(/unsafe|https?:|\*/);
});

test('the page shows the commands of README.md that add the package to a service', async () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
  const [, commands] = /## Add it to your service\n.*?```bash\n(.*?)\n```/s.exec(readme) ?? [];
  const page = (await (await fetch(stack.frontend.url)).text()).replaceAll('&amp;', '&');
  expect(commands).toMatch(/\n.*\n/);
  expect(page).toContain(commands);
});
