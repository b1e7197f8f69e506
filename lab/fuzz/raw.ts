// Sends generated requests and checks each response: valid HTTP, no 5xx, the error format of the API, and a closed connection.
import { connect } from 'node:net';
import { parseResponses } from '../../test/support/raw-http.ts';

const atATime = 16;
/** No further response is expected after this time. It is needed because a Node.js server drops requests of a half-closed connection. */
const quietMs = 100;
const withinMs = 15_000; // longer than the services wait for a slow request

/**
 * @param make creates the bytes for the next connection
 * @param expected the status of each response, if known
 * @returns the problems, each with the bytes that cause it
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

/** @returns everything received, or undefined if the service does not close the connection */
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
  if (!/^(HTTP\/1.1 100 |$)/.test(text) && answers.length === 0) return `the response is not HTTP: ${text.slice(0, 100)}`;
  for (const { status, body } of answers) {
    if (status >= 500) return `${status} ${body}`;
    if (status >= 400 && body !== '' && !isError(body, status)) return `${status} without the error format of the API: ${body}`;
    if (expected && status !== expected) return `${status} instead of ${expected}: ${body}`;
  }
  return expected && answers.length !== 1 ? `${answers.length} responses instead of one` : undefined;
}

function isError(body: string, status: number): boolean {
  try {
    const { statusCode, error, message, traceId } = JSON.parse(body);
    return statusCode === status && [error, message].every((text) => typeof text === 'string') && traceId !== undefined;
  } catch {
    return false;
  }
}
