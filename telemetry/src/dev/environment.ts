// The environment of the service: instrumented, and exporting to the viewer whatever the shell says.

const signals = ['', 'TRACES_', 'LOGS_', 'METRICS_'];
const settings = [
  'ENDPOINT',
  'PROTOCOL',
  'HEADERS',
  'TIMEOUT',
  'COMPRESSION',
  'INSECURE',
  'CERTIFICATE',
  'CLIENT_CERTIFICATE',
  'CLIENT_KEY',
];

/** Empty counts as not set. Deleted, they could be set again by the service's own .env file. */
const unset = Object.fromEntries(
  signals.flatMap((signal) => settings.map((setting) => [`OTEL_EXPORTER_OTLP_${signal}${setting}`, ''])),
);

type Environment = Record<string, string | undefined>;

/**
 * @param given where the command was run
 * @param options.endpoint of OTLP over gRPC
 * @param options.preload URL of the module to load before the service
 */
export function createEnvironment(given: Environment, { endpoint, preload }: { endpoint: string; preload: string }): Environment {
  return {
    OTEL_BSP_SCHEDULE_DELAY: '200', // ms; less than the default, for people who look at what they just did
    OTEL_BLRP_SCHEDULE_DELAY: '200',
    ...given,
    ...unset,
    OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
    OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc',
    OTEL_SDK_DISABLED: 'false',
    OTEL_TRACES_EXPORTER: withOtlp(given.OTEL_TRACES_EXPORTER),
    OTEL_LOGS_EXPORTER: withOtlp(given.OTEL_LOGS_EXPORTER),
    OTEL_TRACES_SAMPLER: 'always_on',
    OTEL_TRACES_SAMPLER_ARG: '',
    // A proxy for the outside world cannot reach this machine's loopback interface: https://github.com/grpc/grpc-node/blob/master/doc/environment_variables.md
    no_grpc_proxy: [given.no_grpc_proxy ?? given.no_proxy, new URL(endpoint).hostname].filter(Boolean).join(','),
    NODE_OPTIONS: [`--import=${preload}`, given.NODE_OPTIONS].filter(Boolean).join(' '), // first, to instrument what the others load
  };
}

function withOtlp(exporters = ''): string {
  const others = exporters.split(',').map((name) => name.trim().toLowerCase());
  return ['otlp', ...others.filter((name) => !['', 'otlp', 'none'].includes(name))].join(',');
}
