// What is compared: the same backend, started in other ways.

export interface SetUp {
  name: string;
  /** What a reader of the table must know of it. */
  what: string;
  nodeArgs: string[];
  env: Record<string, string>;
  /** The share of requests whose traceparent says "sampled". */
  sampledShare: number;
  /** OTLP over what, unless gRPC. */
  speaks?: 'http';
}

const ours = ['--import', './telemetry/register.ts'];

export const bare: SetUp = { name: 'bare', what: 'no telemetry', nodeArgs: [], env: {}, sampledShare: 1 };

export const setUps: SetUp[] = [
  bare,
  {
    name: 'ours, traces',
    what: '`telemetry/`, OTEL_LOGS_EXPORTER=none',
    nodeArgs: ours,
    env: { OTEL_LOGS_EXPORTER: 'none' },
    sampledShare: 1,
  },
  { name: 'ours, traces and logs', what: '`telemetry/` as it is', nodeArgs: ours, env: {}, sampledShare: 1 },
  {
    name: 'ours, 10 % sampled',
    what: '`telemetry/`; one request in ten is sampled by its caller, logs of all',
    nodeArgs: ours,
    env: {},
    sampledShare: 0.1,
  },
  {
    name: 'stock',
    what: '`--import @opentelemetry/auto-instrumentations-node/register` with its defaults',
    nodeArgs: ['--import', '@opentelemetry/auto-instrumentations-node/register'],
    env: { OTEL_SERVICE_NAME: 'backend' },
    sampledShare: 1,
    speaks: 'http',
  },
];
