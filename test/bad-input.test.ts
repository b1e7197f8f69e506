// Whatever comes over a socket: an answer in the one shape, a connection that ends, and a service that goes on.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { distinct } from './support/distinct.ts';
import { type RawOutcome, sendRaw } from './support/raw-http.ts';
import type { Service } from './support/service.ts';
import { type Stack, startStack } from './support/stack.ts';
import { until } from './support/until.ts';

let stack: Stack;

const host = 'Host: localhost\r\n';
const post = `POST /numbers HTTP/1.1\r\n${host}Content-Type: application/json\r\n`;
const chunked = `${post}Transfer-Encoding: chunked\r\n\r\n`;
const get = (path: string, headers = '') => `GET ${path} HTTP/1.1\r\n${host}${headers}\r\n`;
const keep = `${post}Content-Length: 11\r\n\r\n{"value":1}`;

/** A client that never comes to the end: each is ended by the service, whose tests wait for it side by side. */
const slow: Record<string, string> = {
  'nothing at all': '',
  'half a request line': 'POST /num',
  'headers without an end': `GET /healthz HTTP/1.1\r\n${host}A: b\r\n`,
  'a body that is shorter than its length': `${post}Content-Length: 20\r\n\r\n{"value"`,
  'chunks without an end': `${chunked}5\r\n{"val\r\n`,
};
const requestTimeoutMs = 10_000;
const pending: Record<string, Promise<RawOutcome>[]> = {};

beforeAll(async () => {
  stack = await startStack();
  for (const [what, bytes] of Object.entries(slow)) {
    pending[what] = both().map((service) => send(service, bytes, { withinMs: requestTimeoutMs + 60_000 }));
  }
});

afterAll(async () => {
  for (const { url } of both()) expect((await fetch(`${url}/readyz`)).status).toBe(200);
  for (const service of both()) expect(service.output()).not.toMatch(/"level":(50|60)|\n\s+at /);
  await stack.stop();
});

const both = () => [stack.frontend, stack.backend];

/** To the backend as they are; of the frontend POST /write takes a body. */
function send(service: Service, bytes: string | Buffer, options?: Parameters<typeof sendRaw>[2]): Promise<RawOutcome> {
  const isToFrontend = service === stack.frontend && typeof bytes === 'string';
  return sendRaw(service.url, isToFrontend ? bytes.replace('POST /numbers', 'POST /write') : bytes, options);
}

function expectError({ body, headers }: { body: string; headers: string }, statusCode: number, message: RegExp): void {
  const error = JSON.parse(body);
  expect(error).toEqual({
    statusCode,
    error: expect.any(String),
    message: expect.stringMatching(message),
    traceId: error.traceId === null ? null : expect.stringMatching(/^[0-9a-f]{32}$/),
  });
  expect(headers).toMatch(/content-type: application\/json; charset=utf-8/i);
}

describe('malformed HTTP gets a 4xx and the connection is closed', () => {
  const invalid = /this is not valid HTTP/;
  const tooLong = /the path and the headers are too long/;
  test.each<[what: string, bytes: string | Buffer, statusCode: number, message: RegExp]>([
    ['a word', 'hello\r\n\r\n', 400, invalid],
    ['the begin of TLS', Buffer.from('16030100a5010000a10303', 'hex'), 400, invalid],
    ['the begin of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400, invalid],
    ['a version that is none', `GET / HTTP/9.9\r\n${host}\r\n`, 400, invalid],
    ['an unknown method', `BREW / HTTP/1.1\r\n${host}\r\n`, 400, invalid],
    ['a method in small letters', `get / HTTP/1.1\r\n${host}\r\n`, 400, invalid],
    ['CONNECT', `CONNECT localhost:5432 HTTP/1.1\r\n${host}\r\n`, 400, /CONNECT is not supported/],
    ['a path without a slash', get('healthz'), 400, invalid],
    ['a path with a space', get('/a b'), 400, invalid],
    ['a path in raw UTF-8', get('/é'), 400, invalid],
    ['a path that never ends', get(`/${'x'.repeat(200_000)}`), 431, tooLong],
    ['a header that never ends', get('/', `A: ${'x'.repeat(200_000)}\r\n`), 431, tooLong],
    ['thousands of headers', get('/', 'A: b\r\n'.repeat(5_000)), 431, tooLong],
    ['a header without a colon', get('/', 'nonsense\r\n'), 400, invalid],
    ['a header with a space in its name', get('/', 'A b: c\r\n'), 400, invalid],
    ['a header with a NUL', get('/', 'A: b\0c\r\n'), 400, invalid],
    ['a folded header', get('/', 'A: b\r\n c\r\n'), 400, invalid],
    ['lines without a carriage return', 'GET / HTTP/1.1\nHost: localhost\n\n', 400, invalid],
    ['a length that is no number', `${post}Content-Length: abc\r\n\r\n{}`, 400, invalid],
    ['a negative length', `${post}Content-Length: -1\r\n\r\n{}`, 400, invalid],
    ['a length that overflows', `${post}Content-Length: 99999999999999999999999\r\n\r\n{}`, 400, invalid],
    ['two lengths', `${post}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}`, 400, invalid],
    ['a length and chunks', `${post}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`, 400, invalid],
    ['an unknown transfer encoding', `${post}Transfer-Encoding: gzip\r\n\r\n`, 400, invalid],
    ['a chunk whose size is no number', `${chunked}zz\r\n{}\r\n0\r\n\r\n`, 400, invalid],
    ['a chunk whose size overflows', `${chunked}ffffffffffffffffff\r\n{}\r\n0\r\n\r\n`, 400, invalid],
    ['a chunk that is longer than its size', `${chunked}2\r\n{}xx\r\n0\r\n\r\n`, 400, invalid],
    ['a chunk extension that never ends', `${chunked}2;${'x'.repeat(20_000)}\r\n`, 413, /chunk extensions are too long/],
    ['a trailer that never ends', `${chunked}b\r\n{"value":1}\r\n0\r\nA: ${'x'.repeat(50_000)}`, 431, tooLong],
  ])('%s', async (_what, bytes, statusCode, message) => {
    for (const service of both()) {
      const { answers, isClosed, tookMs } = await send(service, bytes);
      expect(answers.map(({ status }) => status)).toEqual([statusCode]);
      expectError(answers[0] as never, statusCode, message);
      expect(isClosed).toBe(true);
      expect(tookMs).toBeLessThan(requestTimeoutMs); // after which any connection is closed
    }
  });
});

describe('well-formed but invalid HTTP gets a 4xx', () => {
  const badPath = /the path is not validly encoded/;
  test.each<[what: string, bytes: string, statusCode: number, message: RegExp]>([
    ['no Host', 'GET / HTTP/1.1\r\n\r\n', 400, /exactly one Host header/],
    ['two Hosts', get('/', 'host: other\r\n'), 400, /exactly one Host header/],
    ['a path that is wrongly encoded', get('/%zz'), 400, badPath],
    ['a path that is no UTF-8', get('/%ff'), 400, badPath],
    ['an address that cannot be read', get('http://['), 400, badPath],
    ['a path that leads out', get('/docs/static/..%2f..%2fpackage.json'), 404, /no such route/],
    ['a path with a NUL', get('/docs/static/%00'), 403, /Forbidden/],
    ['a method that the path does not accept', `DELETE /healthz HTTP/1.1\r\n${host}\r\n`, 405, /DELETE is not allowed here/],
    ['TRACE', `TRACE /healthz HTTP/1.1\r\n${host}Cookie: a=b\r\n\r\n`, 405, /TRACE is not allowed here/],
    ['a body that is no JSON', `${post}Content-Length: 5\r\n\r\n{"a":`, 400, /not valid JSON/],
    ['a body with __proto__', `${post}Content-Length: 15\r\n\r\n{"__proto__":1}`, 400, /not valid JSON/],
    ['a body of nothing but brackets', `${post}Content-Length: 16000\r\n\r\n${'['.repeat(16_000)}`, 400, /not valid JSON/],
    ['a body of a gigabyte', `${post}Content-Length: 1000000000\r\n\r\n{}`, 413, /too large/],
    ['chunks of more than 16 KiB', chunked + `4000\r\n${' '.repeat(0x4000)}\r\n`.repeat(2), 413, /too large/],
    [
      'a content type that is none',
      `POST /numbers HTTP/1.1\r\n${host}Content-Type: ;;\r\nContent-Length: 2\r\n\r\n{}`,
      415,
      /JSON/,
    ],
  ])('%s', async (_what, bytes, statusCode, message) => {
    for (const service of both()) {
      const { answers } = await send(service, bytes, { enough: 1 });
      expect(answers.map(({ status }) => status)).toEqual([statusCode]);
      expectError(answers[0] as never, statusCode, message);
    }
  });

  test('an overlong path segment', async () => {
    const paths = [`${stack.backend.url}/numbers/`, `${stack.frontend.url}/trace/`];
    for (const path of paths) {
      const response = await fetch(path + '1'.repeat(5_000));
      expect(await response.json()).toMatchObject({ statusCode: 414, message: 'a path segment is too long' });
    }
  });

  test.each([
    ['/numbers', 'GET, HEAD, POST'],
    ['/numbers/7', 'GET, HEAD'],
    ['/docs/static/index.html', 'GET, HEAD'],
  ])('405 says which methods %s takes: %s', async (path, allowed) => {
    const response = await fetch(stack.backend.url + path, { method: 'DELETE' });
    expect(response.headers.get('allow')).toBe(allowed);
    expect(response.status).toBe(405);
  });
});

test('a client that sends 20 MB gets a 413 instead of a connection reset', async () => {
  const body = ' '.repeat(20_000_000);
  const headers = { 'content-type': 'application/json' };
  for (let count = 0; count < 4; count += 1) {
    expect((await fetch(`${stack.backend.url}/numbers`, { method: 'POST', headers, body })).status).toBe(413);
  }
});

test('three pipelined requests are answered in order', async () => {
  const lookUps = ['/numbers?limit=0', '/healthz', '/nowhere'].map((path) => get(path)).join('');
  const { answers } = await sendRaw(stack.backend.url, keep + lookUps, { enough: 4 });
  expect(answers.map(({ status }) => status)).toEqual([201, 400, 200, 404]);
});

test('malformed HTTP after a request does not affect the response to that request', async () => {
  const { answers, isClosed } = await sendRaw(stack.backend.url, `${keep}nonsense\r\n\r\n`);
  expect(answers.map(({ status }) => status)).toEqual([201, 400]);
  expect(isClosed).toBe(true);
});

test('a malformed body after the response closes the connection without a second response', async () => {
  const bytes = `GET /healthz HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\n\r\nzz\r\n`;
  const { answers, isClosed } = await sendRaw(stack.backend.url, bytes);
  expect(answers.map(({ status }) => status)).toEqual([200]);
  expect(isClosed).toBe(true);
});

test('a client that disconnects in the middle of its request does not affect the service', async () => {
  for (const service of both()) {
    for (const bytes of [post, chunked, `${post}Content-Length: 11\r\n\r\n{"va`, keep])
      await send(service, bytes, { withinMs: 30 });
  }
});

test.each(Object.keys(slow))('%s gets 408 after ten seconds and the connection is closed', async (what) => {
  for (const { answers, isClosed, tookMs } of await Promise.all(pending[what] ?? [])) {
    expect(isClosed).toBe(true);
    expect(tookMs).toBeGreaterThan(requestTimeoutMs - 500);
    expect(answers.map(({ status }) => status)).toEqual([408]);
    expectError(answers[0] as never, 408, /did not arrive in time/);
  }
});

describe("with any trace headers, a write succeeds and is one complete trace: the caller's, or a new one", () => {
  const traceId = '7af7651916cd43dd8448eb211c80319c';
  const parent = `00-${traceId}-b7ad6b7169203331-01`;
  const members = (count: number, value: string) => Array.from({ length: count }, (_, place) => `k${place}=${value}`).join(',');
  test.each<[what: string, headers: string[], trace: "the caller's" | 'a new one']>([
    ['traceparent twice', [`traceparent: ${parent}`, `traceparent: ${parent}`], 'a new one'],
    ['traceparent in capital letters', [`traceparent: ${parent.toUpperCase()}`], 'a new one'],
    ['its name in capital letters', [`TRACEPARENT: ${parent}`], "the caller's"],
    ['traceparent with spaces around', [`traceparent:   ${parent}  `], "the caller's"],
    ['traceparent of a later version, which may be longer', [`traceparent: 01${parent.slice(2)}-more`], "the caller's"],
    ['traceparent that is too long for its version', [`traceparent: ${parent}-more`], 'a new one'],
    ['traceparent that is too short', [`traceparent: ${parent.slice(0, -3)}`], 'a new one'],
    ['traceparent of 8 KiB', [`traceparent: 00-${'a'.repeat(8_192)}-b7ad6b7169203331-01`], 'a new one'],
    ['an empty traceparent', ['traceparent:'], 'a new one'],
    ['traceparent of bytes', ['traceparent: \xff\xfe\x80'], 'a new one'],
    ['all flags', [`traceparent: ${parent.slice(0, -2)}ff`], "the caller's"],
    ['tracestate of nonsense', [`traceparent: ${parent}`, 'tracestate: ,;=\xff=,,'], "the caller's"],
    ['tracestate of 12 KiB', [`traceparent: ${parent}`, `tracestate: ${members(1_000, 'xxxxx')}`], "the caller's"],
    ['tracestate many times', [`traceparent: ${parent}`, ...Array(50).fill('tracestate: a=b')], "the caller's"],
    ['tracestate without traceparent', ['tracestate: a=b'], 'a new one'],
    ['baggage of one long value', [`traceparent: ${parent}`, `baggage: k=${'x'.repeat(12_000)}`], "the caller's"],
    ['baggage of many members', [`traceparent: ${parent}`, `baggage: ${members(1_500, 'x')}`], "the caller's"],
    [
      'baggage that grows when it is encoded',
      [`traceparent: ${parent}`, `baggage: ${members(60, '"'.repeat(120))}`],
      "the caller's",
    ],
    ['baggage that is wrongly encoded', [`traceparent: ${parent}`, 'baggage: k=%zz,%ff=%00,=,;;,k'], "the caller's"],
    ['baggage of bytes', [`traceparent: ${parent}`, 'baggage: k=\xff\xfe;p=\x80'], "the caller's"],
    ['baggage many times', [`traceparent: ${parent}`, ...Array(300).fill('baggage: k=v')], "the caller's"],
  ])('%s', async (_what, headers, trace) => {
    stack.receiver.spans.length = 0;
    const request = `POST /write HTTP/1.1\r\n${host}${headers.map((line) => `${line}\r\n`).join('')}\r\n`;
    const { answers } = await sendRaw(stack.frontend.url, Buffer.from(request, 'latin1'), { enough: 1 });
    expect(answers[0]?.status).toBe(201);
    const row = JSON.parse(answers[0]?.body ?? '');
    if (trace === "the caller's") expect(row.traceId).toBe(traceId);
    else expect(row.traceId).toMatch(new RegExp(`^(?!${traceId})[0-9a-f]{32}$`));
    await until('four spans', () => distinct(stack.receiver.spansOf(row.traceId)).length === 4);
  });
});
