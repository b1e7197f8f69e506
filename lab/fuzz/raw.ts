// Sends what requests.ts makes, and checks each answer: HTTP, no 5xx, errors in the one shape, and an end to the connection.
import { connect } from 'node:net';
import { parseResponses } from '../../test/support/raw-http.ts';

const atATime = 16;
/** After that nothing more is expected: a Node.js server drops the requests of a client that has ended its side. */
const quietMs = 100;
const withinMs = 15_000; // longer than the services wait for a slow request

/**
 * @param make the bytes of the next connection
 * @param expected the status of each answer, where it is known
 * @returns what is wrong, one sentence each, with the bytes that show it
 */
export async function fuzz(url: string, count: number, make: () => Buffer, expected?: number): Promise<string[]> {
  const wrong: string[] = [];
  let left = count;
  const work = async () => {
    while (left > 0 && wrong.length < 10) {
      left -= 1;
      const bytes = make();
      const problem = problemOf(await exchange(url, bytes, expected === undefined ? quietMs : withinMs), expected);
      if (problem) wrong.push(`${problem}, after ${JSON.stringify(bytes.toString('latin1').slice(0, 500))}`);
    }
  };
  await Promise.all(Array.from({ length: atATime }, work));
  return wrong;
}

/** All that comes back; undefined where the connection does not end, though nothing more is sent. */
function exchange(url: string, bytes: Buffer, patienceMs: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    let text = '';
    const socket = connect(Number(new URL(url).port), '127.0.0.1', () => socket.write(bytes));
    socket.setTimeout(patienceMs, () => socket.end());
    const timer = setTimeout(() => socket.destroy().once('close', () => resolve(undefined)), withinMs);
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
      if (parseResponses(text).length > 0) socket.setTimeout(quietMs);
    });
    socket.on('error', () => {}); // reset: 'close' follows
    socket.on('close', () => {
      clearTimeout(timer);
      resolve(text);
    });
  });
}

function problemOf(text: string | undefined, expected: number | undefined): string | undefined {
  if (text === undefined) return `the connection did not end within ${withinMs} ms`;
  const answers = parseResponses(text).filter(({ status }) => status !== 100);
  if (!/^(HTTP\/1.1 100 |$)/.test(text) && answers.length === 0) return `no HTTP came back: ${text.slice(0, 100)}`;
  for (const { status, body } of answers) {
    if (status >= 500) return `${status} ${body}`;
    if (status >= 400 && body !== '' && !isError(body, status)) return `${status}, but not in the shape of errors: ${body}`;
    if (expected && status !== expected) return `${status} instead of ${expected}: ${body}`;
  }
  return expected && answers.length !== 1 ? `${answers.length} answers instead of one` : undefined;
}

function isError(body: string, status: number): boolean {
  try {
    const { statusCode, error, message, traceId } = JSON.parse(body);
    return statusCode === status && [error, message].every((text) => typeof text === 'string') && traceId !== undefined;
  } catch {
    return false;
  }
}
