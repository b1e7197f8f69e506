// The compared setups: the same backend, started in different ways. To add a peer, add a folder in peers/ and an entry here.
import { preloadOf } from './peers.ts';

/** The protocol for sending to the sink. */
export type Receiver = 'OTLP/gRPC' | 'OTLP/HTTP' | 'Datadog' | 'Sentry';

export interface SetUp {
  name: string;
  /** Description in the table. */
  what: string;
  nodeArgs: string[];
  env: Record<string, string>;
  /** A folder of peers/. */
  peer?: string;
  receiver: Receiver;
  /** Spans of a sampled request and log records of any request. Verified before the measurement. */
  each: { spans: number; logs: number };
  /** The share of requests whose traceparent has the sampled flag. */
  sampledShare: number;
  /** Longer than the delay of its queues. */
  waitsMs: number;
  /** In a run with QUICK=1. */
  isQuick?: true;
}

const ours: Omit<SetUp, 'name' | 'what'> = {
  nodeArgs: ['--import', './telemetry/dist/register.js'],
  env: {},
  receiver: 'OTLP/gRPC',
  each: { spans: 2, logs: 1 },
  sampledShare: 1,
  waitsMs: 650,
};
const noLogs = { OTEL_LOGS_EXPORTER: 'none' };

export const bare: SetUp = {
  ...ours,
  name: 'bare',
  what: 'no telemetry',
  nodeArgs: [],
  each: { spans: 0, logs: 0 },
  isQuick: true,
};

/** Compared at every load. Peers with default settings delay spans by 5 s, OpenTelemetry's default. */
export const setUps: SetUp[] = [
  bare,
  { ...ours, name: 'ours, traces', what: '`OTEL_LOGS_EXPORTER=none`', env: noLogs, each: { spans: 2, logs: 0 }, isQuick: true },
  { ...ours, name: 'ours, traces and logs', what: 'defaults', isQuick: true },
  peer('auto-instrumentations, tuned', 'auto-instrumentations', {
    what: 'only http, pg and pino; no metrics; gRPC; the same queue and batch sizes as ours',
    receiver: 'OTLP/gRPC',
    each: { spans: 3, logs: 1 },
    env: {
      OTEL_NODE_ENABLED_INSTRUMENTATIONS: 'http,pg,pino',
      OTEL_METRICS_EXPORTER: 'none',
      OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc',
      OTEL_NODE_RESOURCE_DETECTORS: 'env,host,os,process',
      OTEL_BSP_MAX_QUEUE_SIZE: '16384',
      OTEL_BSP_MAX_EXPORT_BATCH_SIZE: '1024',
      OTEL_BSP_SCHEDULE_DELAY: '500',
      OTEL_BLRP_MAX_QUEUE_SIZE: '16384',
      OTEL_BLRP_MAX_EXPORT_BATCH_SIZE: '1024',
      OTEL_BLRP_SCHEDULE_DELAY: '500',
    },
    isQuick: true,
  }),
  peer('auto-instrumentations', 'auto-instrumentations', {
    what: 'defaults',
    receiver: 'OTLP/HTTP',
    each: { spans: 3, logs: 1 },
    isQuick: true,
  }),
  peer('@fastify/otel, lean', 'fastify-otel', {
    what: 'one span of Fastify per request, none for hooks and handlers; only pg and pino; no metrics',
    receiver: 'OTLP/HTTP',
    each: { spans: 3, logs: 1 },
    env: { LEAN: '1', OTEL_NODE_ENABLED_INSTRUMENTATIONS: 'pg,pino', OTEL_METRICS_EXPORTER: 'none' },
  }),
  peer('@fastify/otel', 'fastify-otel', {
    what: 'as documented, with the auto-instrumentations, without metrics',
    receiver: 'OTLP/HTTP',
    each: { spans: 9, logs: 1 },
    env: { OTEL_METRICS_EXPORTER: 'none' },
  }),
  peer('dd-trace', 'dd-trace', {
    what: 'defaults; it exports no log records',
    receiver: 'Datadog',
    each: { spans: 3, logs: 0 },
  }),
  peer("Elastic's distribution", 'elastic', {
    what: '`ELASTIC_OTEL_NODE_ENABLE_LOG_SENDING=true`, otherwise defaults',
    env: { ELASTIC_OTEL_NODE_ENABLE_LOG_SENDING: 'true' },
    receiver: 'OTLP/HTTP',
    each: { spans: 3, logs: 1 },
  }),
  peer('Sentry', 'sentry', {
    what: 'all traces, and pino lines as logs',
    receiver: 'Sentry',
    each: { spans: 9, logs: 1 },
  }),
];

/** Settings that reduce the cost, compared at one load with "ours, traces and logs". */
export const savings: SetUp[] = [
  {
    ...ours,
    name: 'the caller samples 10 %',
    what: 'the sampled flag in `traceparent`, or `OTEL_TRACES_SAMPLER=parentbased_traceidratio` and `OTEL_TRACES_SAMPLER_ARG=0.1` in the first service',
    sampledShare: 0.1,
    isQuick: true,
  },
  { ...ours, name: 'the caller samples nothing', what: '`traceparent` without the sampled flag', sampledShare: 0 },
  {
    ...ours,
    name: 'no line per request',
    what: '`LOG_LEVEL=warn`: the application writes no line per request',
    env: { LOG_LEVEL: 'warn' },
    each: { spans: 2, logs: 0 },
  },
  {
    ...ours,
    name: 'no log records',
    what: '`OTEL_LOGS_EXPORTER=none`: log lines still contain the ids',
    env: noLogs,
    each: { spans: 2, logs: 0 },
  },
  {
    ...ours,
    name: 'no span per query',
    what: '`OTEL_NODE_DISABLED_INSTRUMENTATIONS=pg`',
    env: { OTEL_NODE_DISABLED_INSTRUMENTATIONS: 'pg' },
    each: { spans: 1, logs: 1 },
  },
  {
    ...ours,
    name: 'off',
    what: '`OTEL_SDK_DISABLED=true`',
    env: { OTEL_SDK_DISABLED: 'true' },
    each: { spans: 0, logs: 0 },
    isQuick: true,
  },
];

type Described = Pick<SetUp, 'what' | 'receiver' | 'each'> & { env?: Record<string, string>; isQuick?: true };

/** @param folder of peers/: `telemetry.mjs` in it is preloaded */
function peer(name: string, folder: string, { env = {}, ...described }: Described): SetUp {
  return {
    name,
    peer: folder,
    nodeArgs: ['--import', preloadOf(folder)],
    sampledShare: 1,
    waitsMs: 5_500,
    ...described,
    env: { OTEL_SERVICE_NAME: 'backend', DD_SERVICE: 'backend', ...env },
  };
}
