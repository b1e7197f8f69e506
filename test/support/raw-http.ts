// Bytes to a port, as they are: what no HTTP client would send.
import { connect } from 'node:net';

export interface RawAnswer {
  status: number;
  headers: string;
  body: string;
}

export interface RawOutcome {
  answers: RawAnswer[];
  /** Whether the service has closed the connection, rather than this. */
  isClosed: boolean;
  tookMs: number;
}

/** Sends the bytes, and reads until the service closes, `enough` answers are there, or the time is over. */
export function sendRaw(url: string, bytes: string | Buffer, { withinMs = 60_000, enough = Infinity } = {}): Promise<RawOutcome> {
  return new Promise((resolve) => {
    const startedAt = Date.now();
    let text = '';
    const socket = connect(Number(new URL(url).port), '127.0.0.1', () => socket.write(bytes));
    const end = (isClosed: boolean) => {
      clearTimeout(timer);
      socket.destroy();
      resolve({ answers: readAnswers(text), isClosed, tookMs: Date.now() - startedAt });
    };
    const timer = setTimeout(end, withinMs, false);
    socket.on('error', () => {}); // reset: 'close' follows
    socket.on('close', () => end(true));
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
      if (readAnswers(text).length >= enough) end(false);
    });
  });
}

/** The whole answers in it; all of the services' have a content-length. */
export function readAnswers(text: string): RawAnswer[] {
  const [, status, headers] = /^HTTP\/1\.1 (\d+) (.*?)\r\n\r\n/s.exec(text) ?? [];
  if (!status || headers === undefined) return [];
  const from = text.indexOf('\r\n\r\n') + 4;
  const to = from + Number(/^content-length: (\d+)/im.exec(headers)?.[1] ?? 0);
  if (text.length < to) return [];
  return [{ status: Number(status), headers, body: text.slice(from, to) }, ...readAnswers(text.slice(to))];
}
