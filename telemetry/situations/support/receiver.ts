// Where an application sends its telemetry: a receiver that accepts, a closed port, or one that never answers.
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { freePort } from '../../../test/support/free-port.ts';
import type { LogRecord, Span } from '../../test/support/otlp-receiver.ts';
import { startOtlpReceiver } from '../../test/support/otlp-receiver.ts';
import type { Run } from './situation.ts';

export interface Receiver {
  endpoint: string;
  spans: Span[];
  logs: LogRecord[];
  bytes: Buffer[];
  stop(): Promise<void>;
}

export async function startReceiver(kind: Run['receiver'] = 'up', protocol: NonNullable<Run['protocol']>): Promise<Receiver> {
  if (kind === 'up') return startOtlpReceiver({ protocol });
  const nothing = { spans: [], logs: [], bytes: [] };
  if (kind === 'refusing') return { ...nothing, endpoint: `http://localhost:${await freePort()}`, stop: async () => {} };
  const sockets = new Set<Socket>();
  const server = createServer((socket) => sockets.add(socket.on('error', () => {}).resume()));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    ...nothing,
    endpoint: `http://localhost:${(server.address() as AddressInfo).port}`,
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}
