// Runs autotel-devtools in this process: an OTLP receiver with pages that show the received telemetry. All data is in memory and is lost
// when the process ends.
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Ports, portOptions } from './arguments.ts';
import { CommandError } from './command-error.ts';
import { describeTakenPort } from './taken-ports.ts';

/** The exports of `autotel-devtools/server` that are used here. */
export interface ViewerModule {
  DevtoolsServer: new (options: { server: Server; host: string; maxTraceCount: number; maxLogCount: number }) => Devtools;
  attachDevtoolsRoutes(server: Server, devtools: Devtools, options: { loopbackOnly: boolean; title: string }): void;
  startOtlpGrpcReceiver(options: {
    devtools: Devtools;
    host: string;
    port: number;
    maxPortAttempts: number;
  }): Promise<{ port: number }>;
}

interface Devtools {
  attachWebSocket(server: Server): void;
}

interface Viewer {
  /** The ports that the viewer listens on. */
  ports: Ports;
  /** Stops serving the pages on their own port. @returns false if they were already stopped */
  releasePages(): boolean;
}

const host = '127.0.0.1';
const maxCount = 1_000; // stored traces, and stored log records

/** Content security policy. Without it, the pages load fonts from fonts.googleapis.com. */
const onlyThisServer =
  "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self' ws:";

/** @throws {CommandError} if a port is in use */
export async function startViewer(module: ViewerModule, ports: Ports): Promise<Viewer> {
  const http = await listen('http', ports.http);
  const pages = ports.pages === ports.http && ports.http !== 0 ? http : await listen('pages', ports.pages);
  const [primary, ...others] = [...new Set([...http.servers, ...pages.servers])] as [Server, ...Server[]];
  const devtools = new module.DevtoolsServer({ server: primary, host, maxTraceCount: maxCount, maxLogCount: maxCount });
  for (const server of others) devtools.attachWebSocket(server);
  for (const server of [primary, ...others]) {
    server.on('request', (_, response) => response.setHeader('content-security-policy', onlyThisServer));
    module.attachDevtoolsRoutes(server, devtools, { loopbackOnly: true, title: 'fastify-otlp' });
  }
  const grpc = await module
    .startOtlpGrpcReceiver({ devtools, host, port: ports.grpc, maxPortAttempts: 1 })
    .catch((error: Error) => refuse('grpc', ports.grpc, error));
  return {
    ports: { pages: pages.port, http: http.port, grpc: grpc.port },
    releasePages() {
      if (!pages.servers[0]?.listening) return false;
      for (const server of pages.servers) {
        server.close();
        server.closeAllConnections();
      }
      return true;
    },
  };
}

/** Listens on both loopback addresses, because `localhost` may resolve to either. IPv6 is optional. */
async function listen(name: keyof Ports, port: number): Promise<{ port: number; servers: Server[] }> {
  const server = createServer();
  await once(server.listen(port, host), 'listening').catch((error) => refuse(name, port, error));
  const bound = (server.address() as AddressInfo).port;
  const sibling = createServer();
  const hasSibling = await once(sibling.listen(bound, '::1'), 'listening').then(
    () => true,
    () => false,
  );
  return { port: bound, servers: hasSibling ? [server, sibling] : [server] };
}

function refuse(name: keyof Ports, port: number, error: NodeJS.ErrnoException): never {
  if (/EADDRINUSE|address already in use/i.test(error.message)) throw new CommandError(describeTakenPort(name, port));
  throw new CommandError(`cannot listen on port ${port} (${error.message}). Choose another port with ${portOptions[name]}`);
}
