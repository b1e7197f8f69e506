// Our serializer beside that of @opentelemetry/otlp-transformer: CPU for a batch, in turn in one process.
import { SpanKind } from '@opentelemetry/api';
import { ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer';
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { replaceSerializers } from '../src/otlp.ts';
import { table, withNoise } from './statistics.ts';

const batchItems = 1_024;
const rounds = 40;
const batchesPerRound = 20;

export async function measure(): Promise<string> {
  const { serializeRequest: theirs } = ProtobufTraceSerializer;
  replaceSerializers();
  const { serializeRequest: ours } = ProtobufTraceSerializer;
  const spans = createSpans();
  const ratios: number[] = [];
  const us: number[] = [];
  for (let round = -5; round < rounds; round += 1) {
    const own = cpuUs(() => ours(spans));
    const upstream = cpuUs(() => theirs(spans));
    if (round < 0) continue; // V8 compiles
    ratios.push(upstream / own);
    us.push(own / batchItems);
  }
  return table(
    ['', 'CPU for a span, µs', 'times ours'],
    [
      ['ours', withNoise(us), '1.00'],
      ['upstream', '', withNoise(ratios)],
    ],
  );
}

function cpuUs(serialize: () => unknown): number {
  const before = process.cpuUsage();
  for (let batch = 0; batch < batchesPerRound; batch += 1) serialize();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / batchesPerRound;
}

/** Of requests and queries in turn, with texts as a service has them: constants, concatenations and parts of others. */
function createSpans() {
  const exporter = new InMemorySpanExporter();
  const tracer = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] }).getTracer('measure');
  const line = Buffer.from('GET /orders/1234567?customer=12 HTTP/1.1').toString('latin1');
  for (let index = 0; index < batchItems; index += 1) {
    const isRequest = index % 2 === 0;
    const attributes = isRequest
      ? {
          'http.request.method': line.slice(0, 3),
          'http.route': '/orders/:id',
          'url.path': line.slice(4, line.indexOf('?')),
          'url.scheme': 'http',
          'network.peer.address': `127.0.0.${index % 256}`,
          'http.response.status_code': 200,
        }
      : {
          'db.system.name': 'postgresql',
          'db.namespace': ['sh', 'op'].join(''),
          'server.address': 'localhost',
          'server.port': 5432,
          'db.query.summary': 'SELECT orders',
          'db.query.text': `SELECT id, value FROM orders WHERE id = $${(index % 9) + 1} AND ü IS NOT NULL`,
        };
    const kind = isRequest ? SpanKind.SERVER : SpanKind.CLIENT;
    tracer.startSpan(isRequest ? `GET ${'/orders/:id'}` : 'SELECT orders', { kind, attributes }).end();
  }
  return exporter.getFinishedSpans();
}
