// OTLP receivers that reject requests as a test decides.
import { createServer } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import * as grpc from '@grpc/grpc-js';
import { freePort } from '../../../test/support/free-port.ts';
import { bindGrpc, loadOtlp } from './otlp-receiver.ts';

const definition = loadOtlp(String)['opentelemetry.proto.collector.logs.v1.LogsService'] as grpc.ServiceDefinition;
const { requestDeserialize } = definition.Export as grpc.MethodDefinition<unknown, unknown>;

interface Receiver {
  endpoint: string;
  /** The bodies of the accepted log records. */
  accepted: string[];
  requests: number;
  stop(): Promise<void>;
}

/** @returns the error for a request with these bodies, or undefined to accept it */
type Verdict = (bodies: string[]) => { code: number; details: string } | undefined;

function bodiesIn(bytes: Buffer): string[] {
  const { resourceLogs } = requestDeserialize(bytes) as {
    resourceLogs: { scopeLogs: { logRecords: { body: { stringValue: string } }[] }[] }[];
  };
  return resourceLogs.flatMap(({ scopeLogs }) =>
    scopeLogs.flatMap(({ logRecords }) => logRecords.map(({ body }) => body.stringValue)),
  );
}

export async function startGrpcReceiver(verdict: Verdict, port = 0): Promise<Receiver> {
  const server = new grpc.Server();
  const receiver: Receiver = { endpoint: '', accepted: [], requests: 0, stop: async () => server.forceShutdown() };
  const raw = { ...(definition.Export as grpc.MethodDefinition<unknown, unknown>), requestDeserialize: (bytes: Buffer) => bytes };
  const answer: grpc.handleUnaryCall<Buffer, unknown> = ({ request }, callback) => {
    receiver.requests += 1;
    const bodies = bodiesIn(request);
    const refusal = verdict(bodies);
    if (refusal) return callback(refusal);
    receiver.accepted.push(...bodies);
    callback(null, {});
  };
  server.addService({ Export: raw } as grpc.ServiceDefinition, { Export: answer as grpc.UntypedHandleCall });
  receiver.endpoint = `http://127.0.0.1:${await bindGrpc(server, `127.0.0.1:${port}`)}`;
  return receiver;
}

export async function startHttpReceiver(verdict: Verdict): Promise<Receiver> {
  const server = createServer(async (request, response) => {
    const body = Buffer.concat(await Array.fromAsync(request));
    receiver.requests += 1;
    const bodies = bodiesIn(body);
    const refusal = verdict(bodies);
    if (!refusal) receiver.accepted.push(...bodies);
    response.writeHead(refusal?.code ?? 200).end(refusal?.details);
  });
  const receiver: Receiver = {
    endpoint: '',
    accepted: [],
    requests: 0,
    stop: async () => {
      server.closeAllConnections();
      server.close();
    },
  };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  receiver.endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return receiver;
}

/** Accepts connections but never responds. */
export async function startSilentReceiver(): Promise<{ endpoint: string; stop(): void }> {
  const sockets = new Set<{ destroy(): void }>();
  const server = createTcpServer((socket) => sockets.add(socket.on('error', () => {})));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const stop = () => {
    for (const socket of sockets) socket.destroy();
    server.close();
  };
  return { endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, stop };
}

/** @returns an endpoint without a listener */
export async function refusedEndpoint(): Promise<string> {
  return `http://127.0.0.1:${await freePort()}`;
}
