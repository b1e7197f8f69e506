// Preload: the instrumentations of this package with the SDK's batch processors and exporters, as large as our queues are by default.
// OUR_SERIALIZER=1 leaves only the queue to the SDK.
import { OTLPLogExporter } from '@opentelemetry/exporter-logs-otlp-grpc';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-grpc';
import { BatchLogRecordProcessor } from '@opentelemetry/sdk-logs';
import { NodeSDK } from '@opentelemetry/sdk-node';
import { BatchSpanProcessor } from '@opentelemetry/sdk-trace';
import { FastifyInstrumentation } from '../src/fastify.ts';
import { guardLogs } from '../src/guarded-logs.ts';
import { guardSpans } from '../src/guarded-spans.ts';
import { replaceSerializers } from '../src/otlp.ts';
import { PgInstrumentation } from '../src/pg.ts';
import { PinoInstrumentation } from '../src/pino.ts';
import { logRecordProcessors, spanProcessors } from '../src/processors.ts';

if (process.env.OUR_SERIALIZER) replaceSerializers();
guardSpans();
guardLogs();
const tuned = { maxQueueSize: 16_384, maxExportBatchSize: 1_024, scheduledDelayMillis: 500 };
const sdk = new NodeSDK({
  instrumentations: [new FastifyInstrumentation(), new PgInstrumentation(), new PinoInstrumentation()],
  spanProcessors: spanProcessors([new BatchSpanProcessor({ ...tuned, exporter: new OTLPTraceExporter() })], {}),
  logRecordProcessors: logRecordProcessors([new BatchLogRecordProcessor({ ...tuned, exporter: new OTLPLogExporter() })], {}),
  metricReaders: [],
});
sdk.start();
// as OpenTelemetry's guides have it
process.once('SIGTERM', () => sdk.shutdown().finally(() => process.exit(0)));
