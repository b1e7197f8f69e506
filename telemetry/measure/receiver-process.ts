// What receiver.ts starts.
import * as grpc from '@grpc/grpc-js';
import { loadOtlp } from '../test/support/otlp-receiver.ts';
import type { Answer, Command } from './receiver.ts';

const services = loadOtlp(String);
/** Ids of spans, and of log records that of their span with their text, by service. */
const received: Record<'spans' | 'logs', Map<string, Set<string>>> = { spans: new Map(), logs: new Map() };

/** Accepted, and not counted. */
const metricsService: grpc.ServiceDefinition = {
  Export: {
    path: '/opentelemetry.proto.collector.metrics.v1.MetricsService/Export',
    requestStream: false,
    responseStream: false,
    requestSerialize: (value: Buffer) => value,
    requestDeserialize: (value) => value,
    responseSerialize: (value: Buffer) => value,
    responseDeserialize: (value) => value,
  },
};

let server: grpc.Server | undefined;
let port = 0;

process.on('message', async (message: Command) => {
  if (message.command === 'open') await open();
  if (message.command === 'close') server?.forceShutdown();
  const countOf = (signal: 'spans' | 'logs') =>
    message.command === 'count' ? (received[signal].get(message.service)?.size ?? 0) : 0;
  process.send?.({ port, spans: countOf('spans'), logs: countOf('logs') } satisfies Answer);
});
process.on('disconnect', () => process.exit());

async function open(): Promise<void> {
  server = new grpc.Server({ 'grpc.max_receive_message_length': 64 * 2 ** 20 });
  add('trace.v1.TraceService', 'resourceSpans', 'scopeSpans', 'spans', ({ spanId }) => hex(spanId));
  add('logs.v1.LogsService', 'resourceLogs', 'scopeLogs', 'logRecords', ({ spanId, body }) => hex(spanId) + body?.stringValue);
  server.addService(metricsService, {
    Export: (_call: unknown, done: (error: null, answer: Buffer) => void) => done(null, Buffer.alloc(0)),
  });
  port = await new Promise((resolve, reject) =>
    server?.bindAsync(`127.0.0.1:${port}`, grpc.ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    ),
  );
}

function add(name: string, resources: string, scopes: string, items: string, idOf: (item: any) => string): void {
  const of = received[items === 'spans' ? 'spans' : 'logs'];
  const Export: grpc.handleUnaryCall<Record<string, any[]>, object> = ({ request }, done) => {
    for (const { resource, ...rest } of request[resources] ?? []) {
      const service = resource.attributes.find(({ key }: any) => key === 'service.name')?.value.stringValue;
      const ids = of.get(service) ?? new Set();
      of.set(service, ids);
      for (const scope of rest[scopes]) for (const item of scope[items]) ids.add(idOf(item));
    }
    done(null, {});
  };
  server?.addService(services[`opentelemetry.proto.collector.${name}`] as grpc.ServiceDefinition, {
    Export: Export as grpc.UntypedHandleCall,
  });
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
