// An HTTP client for the applications. It uses a plain socket, so that it is not traced and can send malformed requests.
import { connect, type Socket } from 'node:net';

interface RequestOptions {
  method?: string;
  headers?: Record<string, string>;
  body?: string;
  /** Sends the body this long after the headers, in a separate packet. */
  bodyAfterMs?: number;
}

interface HttpResponse {
  status: number;
  headers: Record<string, string>;
  body: string;
}

/** @param url its path is sent unchanged, without parsing or encoding */
export async function sendRequest(
  url: string,
  { method = 'GET', headers = {}, body = '', bodyAfterMs }: RequestOptions = {},
): Promise<HttpResponse> {
  const { socket, path, host } = connectTo(url);
  const length = body || method === 'POST' ? { 'content-length': String(Buffer.byteLength(body)) } : {};
  const head = Object.entries({ host, connection: 'close', ...length, ...headers }).map(
    ([name, value]) => `${name}: ${value}\r\n`,
  );
  socket.write(`${method} ${path} HTTP/1.1\r\n${head.join('')}\r\n`);
  if (bodyAfterMs !== undefined) await new Promise((resolve) => setTimeout(resolve, bodyAfterMs));
  if (body) socket.write(body);
  return readResponse(socket, isComplete);
}

/** Connects to the server of a URL. @returns the socket, and the path and host for the request */
export function connectTo(url: string): { socket: Socket; path: string; host: string } {
  const [, host, hostname, port, path] = /^http:\/\/((.+?):(\d+))(.*)$/.exec(url) as unknown as [
    string,
    string,
    string,
    string,
    string,
  ];
  const socket = connect(Number(port), hostname.replace(/[[\]]/g, ''));
  socket.setNoDelay();
  return { socket, host, path: path || '/' };
}

/**
 * Reads until the server closes the connection.
 *
 * @param isEnough closes the connection earlier, because a proxy may forward `connection: keep-alive`
 */
export async function readResponse(socket: Socket, isEnough = (_text: string) => false): Promise<HttpResponse> {
  let text = '';
  socket.setEncoding('latin1').on('data', (chunk) => {
    text += chunk;
    if (isEnough(text)) socket.end();
  });
  await new Promise<void>((resolve) => socket.on('error', () => {}).once('close', () => resolve()));
  const [head = '', ...rest] = text.split('\r\n\r\n');
  const [statusLine = '', ...lines] = head.split('\r\n');
  const headers = Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 2)]),
  );
  const raw = rest.join('\r\n\r\n');
  const body = headers['transfer-encoding'] === 'chunked' ? joinChunks(raw) : raw;
  return { status: Number(statusLine.split(' ')[1] ?? 0), headers, body: Buffer.from(body, 'latin1').toString('utf8') };
}

function isComplete(text: string): boolean {
  const end = text.indexOf('\r\n\r\n');
  if (end < 0) return false;
  const body = text.slice(end + 4);
  const length = /^content-length: (\d+)/im.exec(text.slice(0, end))?.[1];
  return length === undefined ? /(?:^|\r\n)0\r\n\r\n$/.test(body) : body.length >= Number(length);
}

function joinChunks(raw: string): string {
  let body = '';
  for (let at = 0; at < raw.length; ) {
    const end = raw.indexOf('\r\n', at);
    const size = end < 0 ? 0 : Number.parseInt(raw.slice(at, end), 16);
    if (!size) break;
    body += raw.slice(end + 2, end + 2 + size);
    at = end + 4 + size;
  }
  return body;
}
