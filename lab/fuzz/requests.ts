// Valid requests and random mutations of them.
import type { Random } from './random.ts';

const host = 'Host: localhost\r\n';
const json = `${host}Content-Type: application/json\r\n`;
const parent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

const valid = [
  `GET /healthz HTTP/1.1\r\n${host}\r\n`,
  `GET /readyz HTTP/1.1\r\n${host}Connection: close\r\n\r\n`,
  `GET /numbers?limit=2 HTTP/1.1\r\n${host}\r\n`,
  `GET /read?limit=2 HTTP/1.1\r\n${host}Accept: */*\r\n\r\n`,
  `GET /numbers/1 HTTP/1.1\r\n${host}If-None-Match: "1"\r\n\r\n`,
  `GET /trace/0af7651916cd43dd8448eb211c80319c?waitMs=0 HTTP/1.1\r\n${host}\r\n`,
  `GET / HTTP/1.1\r\n${host}Range: bytes=0-9\r\n\r\n`,
  `GET /docs/static/index.html HTTP/1.1\r\n${host}\r\n`,
  `POST /write HTTP/1.1\r\n${host}traceparent: ${parent}\r\nContent-Length: 0\r\n\r\n`,
  `POST /numbers HTTP/1.1\r\n${json}Content-Length: 11\r\n\r\n{"value":1}`,
  `POST /numbers HTTP/1.1\r\n${json}Transfer-Encoding: chunked\r\n\r\n5\r\n{"val\r\n6\r\nue":1}\r\n0\r\n\r\n`,
  `POST /numbers HTTP/1.1\r\n${json}Expect: 100-continue\r\nContent-Length: 11\r\n\r\n{"value":1}`,
];

const disturbing = [
  '\r\n',
  '\n',
  '\0',
  ' ',
  ':',
  '%',
  '%00',
  '%ff',
  '/',
  '//',
  '../',
  '?',
  '#',
  '\t',
  '\xff',
  '0',
  '-1',
  '9'.repeat(30),
].concat(
  [
    '{',
    '[',
    '"',
    'null',
    '1e999',
    'HTTP/1.1',
    'HTTP/2.0',
    'Host: x\r\n',
    'Content-Length: 5\r\n',
    'Transfer-Encoding: chunked\r\n',
  ],
  ['Connection: close\r\n', 'Expect: x\r\n', 'Upgrade: h2c\r\n', `traceparent: ${parent}\r\n`, 'A'.repeat(20_000), '\r\n\r\n'],
);

/** @returns one or two requests for one connection, with up to three mutations */
export function someRequests(random: Random): Buffer {
  const parts = Array.from({ length: 1 + random.below(2) }, () => Buffer.from(random.of(valid), 'latin1'));
  let bytes: Buffer = Buffer.concat(parts);
  for (let count = random.below(4); count > 0; count -= 1) {
    const at = random.below(bytes.length + 1);
    const to = Math.min(bytes.length, at + random.below(20));
    const instead = random.of([
      () => Buffer.alloc(0),
      () => random.bytes(1 + random.below(4)),
      () => Buffer.from(random.of(disturbing), 'latin1'),
      () => bytes.subarray(random.below(at + 1), to),
    ])();
    bytes = Buffer.concat([bytes.subarray(0, at), instead, bytes.subarray(to)]);
  }
  return bytes;
}

/** @returns a valid write with random trace headers */
export function someTraceHeaders(random: Random, line: string): Buffer {
  const body = line.includes('/numbers') ? '{"value":1}' : '';
  const type = body && 'Content-Type: application/json\r\n';
  const headers = Array.from({ length: 1 + random.below(4) }, () => `${random.of(traceHeaders)}: ${someValue(random)}\r\n`);
  return Buffer.from(`${line}\r\n${host}${type}Content-Length: ${body.length}\r\n${headers.join('')}\r\n${body}`, 'latin1');
}

const traceHeaders = [
  'traceparent',
  'Traceparent',
  'tracestate',
  'baggage',
  'b3',
  'x-b3-traceid',
  'uber-trace-id',
  'x-request-id',
];

function someValue(random: Random): string {
  const text = random.of([parent, '', 'a=b,c=d;e=f', 'k=%zz', `00-${'0'.repeat(32)}-${'0'.repeat(16)}-01`]);
  const at = random.below(text.length + 1);
  const noise = random
    .bytes(random.below(random.of([1, 5, 60, 2_000])), 0x20, 0xff)
    .toString('latin1')
    .replaceAll('\x7f', '~');
  return text.slice(0, at) + noise + text.slice(at + random.below(3));
}
