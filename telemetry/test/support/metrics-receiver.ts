// A real OTLP receiver for metrics: gRPC, and HTTP with protocol buffers or JSON.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import * as grpc from '@grpc/grpc-js';
import { onTestFinished } from 'vitest';
import { bindGrpc, loadOtlp } from './otlp-receiver.ts';

interface Point {
  name: string;
  unit: string;
  attributes: Record<string, unknown>;
  /** For a histogram. */
  count: number;
  bounds: number[];
  /** For a sum or gauge. */
  value: number;
  resource: Record<string, unknown>;
}

interface MetricsReceiver {
  endpoint: string;
  requests: number;
  /** The data points of all requests. */
  points: Point[];
  pointsOf(name: string): Point[];
}

const service = loadOtlp(Number, ['metrics'])[
  'opentelemetry.proto.collector.metrics.v1.MetricsService'
] as unknown as grpc.ServiceDefinition;
const { requestDeserialize } = service.Export as grpc.MethodDefinition<unknown, unknown>;

/** Stops with the test. */
export async function startMetricsReceiver(protocol: string, port = 0): Promise<MetricsReceiver> {
  const points: Point[] = [];
  const receiver: MetricsReceiver = {
    endpoint: '',
    requests: 0,
    points,
    pointsOf: (name) => points.filter((point) => point.name === name),
  };
  const accept = (request: any) => {
    receiver.requests += 1;
    points.push(...request.resourceMetrics.flatMap(readResource));
  };
  const bound = protocol === 'grpc' ? await listenGrpc(accept, port) : await listenHttp(accept, port);
  receiver.endpoint = `http://127.0.0.1:${bound}`;
  return receiver;
}

async function listenGrpc(accept: (request: any) => void, port: number): Promise<number> {
  const server = new grpc.Server();
  onTestFinished(() => server.forceShutdown());
  const handler: grpc.handleUnaryCall<unknown, unknown> = (call, callback) => {
    accept(call.request);
    callback(null, {});
  };
  server.addService(service, { Export: handler as grpc.UntypedHandleCall });
  return bindGrpc(server, `127.0.0.1:${port}`);
}

async function listenHttp(accept: (request: any) => void, port: number): Promise<number> {
  const server = createServer(async (request, response) => {
    const body = Buffer.concat(await Array.fromAsync(request));
    if (request.url !== '/v1/metrics') return response.writeHead(404).end();
    const isJson = request.headers['content-type'] === 'application/json';
    accept(isJson ? JSON.parse(body.toString()) : requestDeserialize(body));
    response.writeHead(200).end();
  });
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

function readResource({ resource, scopeMetrics }: any): Point[] {
  const described = readAttributes(resource.attributes);
  return scopeMetrics.flatMap(({ metrics }: any) =>
    metrics.flatMap(({ name, unit, histogram, sum, gauge }: any) =>
      (histogram ?? sum ?? gauge).dataPoints.map((point: any) => ({
        name,
        unit,
        attributes: readAttributes(point.attributes),
        count: Number(point.count ?? 0),
        bounds: point.explicitBounds ?? [],
        value: Number(point.asInt || point.asDouble || 0),
        resource: described,
      })),
    ),
  );
}

function readAttributes(attributes: any[] = []): Record<string, unknown> {
  return Object.fromEntries(
    attributes.map(({ key, value }) => [key, value.stringValue || (value.intValue ? Number(value.intValue) : value.doubleValue)]),
  );
}
