// Sends raw bytes to a port, such as malformed HTTP that no client would send.
import { connect } from 'node:net';

interface RawResponse {
  status: number;
  headers: string;
  body: string;
}

export interface RawOutcome {
  answers: RawResponse[];
  /** Whether the service closed the connection. */
  isClosed: boolean;
  tookMs: number;
}

/** Sends the bytes, and reads until the service closes the connection, `enough` responses have arrived or the time limit is reached. */
export function sendRaw(url: string, bytes: string | Buffer, { withinMs = 60_000, enough = Infinity } = {}): Promise<RawOutcome> {
  return new Promise((resolve) => {
    const startedAt = Date.now();
    let text = '';
    const socket = connect(Number(new URL(url).port), '127.0.0.1', () => socket.write(bytes));
    const end = (isClosed: boolean) => {
      clearTimeout(timer);
      socket.destroy();
      resolve({ answers: parseResponses(text), isClosed, tookMs: Date.now() - startedAt });
    };
    const timer = setTimeout(end, withinMs, false);
    socket.on('error', () => {}); // reset: 'close' follows
    socket.on('close', () => end(true));
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
      if (parseResponses(text).length >= enough) end(false);
    });
  });
}

/** @returns the complete responses in a text. All responses of the services have a content-length. */
export function parseResponses(text: string): RawResponse[] {
  const [, status, headers] = /^HTTP\/1\.1 (\d+) (.*?)\r\n\r\n/s.exec(text) ?? [];
  if (!status || headers === undefined) return [];
  const from = text.indexOf('\r\n\r\n') + 4;
  const to = from + Number(/^content-length: (\d+)/im.exec(headers)?.[1] ?? 0);
  if (text.length < to) return [];
  return [{ status: Number(status), headers, body: text.slice(from, to) }, ...parseResponses(text.slice(to))];
}
