import { createServer } from 'node:net';

/** Below the ephemeral ports, so that no connection or `listen(0)` takes a port that was found free here. */
const [first, last] = [10_000, 32_000];

/** Each worker starts at a different port and reuses a port only after all others. */
let next = first + Math.floor(Math.random() * (last - first));

/** @returns a port without a listener */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = next;
    next = port < last ? port + 1 : first;
    if (await isFree(port)) return port;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
      .once('error', () => resolve(false))
      .listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
