// The service comes first: where it listens on the port of the viewer's pages, such as 3000, which is the port of Fastify's own examples,
// the viewer gives it up before the service binds it.
import { spawnSync } from 'node:child_process';
import diagnosticsChannel from 'node:diagnostics_channel';
import { type AddressInfo, createServer } from 'node:net';

const host = '127.0.0.1';
const timeoutMs = 2_000;

/**
 * In the process of the viewer.
 *
 * @param release is called whenever a service is about to listen on the port
 * @returns the port on which that is announced
 */
export async function onPortWanted(release: () => void): Promise<number> {
  const server = createServer((socket) => {
    release();
    socket.on('error', () => {}).end();
  });
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  return (server.address() as AddressInfo).port;
}

/**
 * In the process of the service. What it binds must be free when `listen` goes on, so a small program announces it meanwhile.
 *
 * @param port that is given up
 * @param releasePort the result of `onPortWanted`
 */
export function announceWantedPort(port: number, releasePort: number): void {
  const program = `require('node:net').connect(${releasePort}, '${host}').on('error', () => {}).resume()`;
  const channel = 'tracing:net.server.listen:asyncStart';
  diagnosticsChannel.subscribe(channel, function announce(message) {
    const { options } = message as { options?: { port?: unknown } };
    if (Number(options?.port) !== port) return;
    diagnosticsChannel.unsubscribe(channel, announce);
    const env = { ...process.env, NODE_OPTIONS: '' };
    spawnSync(process.execPath, ['--eval', program], { env, stdio: 'ignore', timeout: timeoutMs });
  });
}
