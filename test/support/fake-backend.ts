// Simulates a misbehaving backend.
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';

export async function startFakeBackend(answer: RequestListener, port = 0): Promise<{ port: string; stop(): void }> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return {
    port: String((server.address() as AddressInfo).port),
    stop: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
