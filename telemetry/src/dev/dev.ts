import { extname } from 'node:path';
import type { DevRequest } from './arguments.ts';
import { endWithNpm } from './end-with-npm.ts';
import { createEnvironment } from './environment.ts';
import { endLike, runInForeground } from './foreground.ts';
import { loadViewer } from './load-viewer.ts';
import { log } from './log.ts';
import { onPortWanted } from './page-port.ts';
import { refuseTakenPorts } from './taken-ports.ts';
import { startViewer } from './viewer.ts';

/**
 * Runs the viewer in this process and the service as a child process. Ends with the exit code or signal of the service.
 *
 * @throws {CommandError} if the viewer or the service cannot be started
 */
export async function dev({ command, args, ports }: DevRequest): Promise<void> {
  await refuseTakenPorts(ports);
  const viewer = await startViewer(await loadViewer(), ports);
  process.on('uncaughtException', (error) => log(`the viewer failed: ${error.message}; the service is not affected`));

  const preload = new URL(`./preload${extname(import.meta.url)}`, import.meta.url);
  const { pages, http } = viewer.ports;
  if (pages !== http) {
    const releasePort = await onPortWanted(() => {
      if (viewer.releasePages()) log(`the service uses port ${pages}: its traces and logs are at http://localhost:${http}`);
    });
    preload.search = new URLSearchParams({ pages: String(pages), release: String(releasePort) }).toString();
  }

  log(`traces and logs are at http://localhost:${pages}`);
  const env = createEnvironment(process.env, { endpoint: `http://127.0.0.1:${viewer.ports.grpc}`, preload: preload.href });
  const ended = runInForeground(command, args, { stdio: 'inherit', env });
  endWithNpm();
  await endLike(await ended);
}
