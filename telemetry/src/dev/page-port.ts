// The service takes precedence over the viewer: if it listens on the port of the viewer's pages (by default 3000, which Fastify's examples
// also use), the viewer releases the port before the service binds it.
import { spawnSync } from 'node:child_process';
import diagnosticsChannel from 'node:diagnostics_channel';
import { type AddressInfo, createServer } from 'node:net';

const host = '127.0.0.1';
const timeoutMs = 2_000;

/**
 * Runs in the viewer's process.
 *
 * @param release called whenever a service is about to listen on the port of the viewer's pages
 * @returns the port on which services announce this
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
 * Runs in the service's process. The port must be free when `listen` continues, so a small program announces the request synchronously.
 *
 * @param port port that the viewer releases
 * @param releasePort port returned by `onPortWanted`
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
