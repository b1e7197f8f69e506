// What is compared: the same backend, started in other ways.

export interface SetUp {
  name: string;
  nodeArgs: string[];
  env: Record<string, string>;
  /** The share of requests whose traceparent says "sampled". */
  sampledShare: number;
  /** OTLP over what, unless gRPC. */
  speaks?: 'http';
  /** Longer than its queues wait for more to send. */
  waitsMs: number;
}

/** With what a reader of the table must know of it. */
interface Described extends SetUp {
  what: string;
}

const noLogs = { OTEL_LOGS_EXPORTER: 'none' };
const ours = { nodeArgs: ['--import', './telemetry/src/register.ts'], env: {}, sampledShare: 1, waitsMs: 650 };

export const bare: Described = { ...ours, name: 'bare', what: 'no telemetry', nodeArgs: [] };

export const setUps: Described[] = [
  bare,
  { ...ours, name: 'ours, traces', what: '`telemetry/` with OTEL_LOGS_EXPORTER=none', env: noLogs },
  { ...ours, name: 'ours, traces and logs', what: '`telemetry/` as it is' },
  {
    ...ours,
    name: 'ours, 10 % sampled',
    what: '`telemetry/` as it is; the caller samples one request in ten (the default sampler is parent-based), logs of all',
    sampledShare: 0.1,
  },
  {
    name: 'stock',
    what: '`--import @opentelemetry/auto-instrumentations-node/register` with its defaults: traces, logs, metrics',
    nodeArgs: ['--import', '@opentelemetry/auto-instrumentations-node/register'],
    env: { OTEL_SERVICE_NAME: 'backend' },
    sampledShare: 1,
    speaks: 'http',
    waitsMs: 5_500, // its span processor waits for 5 s
  },
];

const noQueries = { ...noLogs, OTEL_NODE_DISABLED_INSTRUMENTATIONS: 'pg,pino' };

/** From nothing to all: each has what the one before has, and more. The last two are set-ups from above. */
export const steps: SetUp[] = [
  bare,
  { ...ours, name: 'all loaded; header, ids and context', env: { ...noQueries, OTEL_TRACES_SAMPLER: 'always_off' } },
  { ...ours, name: 'the span of the request, sent', env: noQueries },
  { ...ours, name: 'the span of the query', env: { ...noLogs, OTEL_NODE_DISABLED_INSTRUMENTATIONS: 'pino' } },
  { ...ours, name: 'ids in each line of the log', env: noLogs },
  { ...ours, name: 'each line as a log record' },
];
