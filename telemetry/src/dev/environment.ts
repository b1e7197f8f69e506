// The environment of the service: loads the instrumentation and exports to the viewer, whatever the shell's environment contains.
import { rules } from '../setting-rules.ts';

const names = rules.flatMap(({ names }) => names).filter((name) => /^OTEL_EXPORTER_OTLP_(?!METRICS_TEMPORALITY)/.test(name));

/** Variables that count as unset. They are empty rather than deleted, so that the service's own .env file cannot set them. */
const unset = Object.fromEntries(names.map((name) => [name, '']));

type Environment = Record<string, string | undefined>;

/**
 * @param given environment of this command
 * @param options.endpoint OTLP/gRPC endpoint of the viewer
 * @param options.preload URL of the module to load before the service
 */
export function createEnvironment(given: Environment, { endpoint, preload }: { endpoint: string; preload: string }): Environment {
  return {
    OTEL_BSP_SCHEDULE_DELAY: '200', // ms; shorter than the default, so that requests appear in the viewer at once
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
    // A proxy cannot reach this machine's loopback interface: https://github.com/grpc/grpc-node/blob/master/doc/environment_variables.md
    no_grpc_proxy: [given.no_grpc_proxy ?? given.no_proxy, new URL(endpoint).hostname].filter(Boolean).join(','),
    NODE_OPTIONS: [`--import=${preload}`, given.NODE_OPTIONS].filter(Boolean).join(' '), // first, in order to instrument modules that other preloads import
  };
}

function withOtlp(exporters = ''): string {
  const others = exporters.split(',').map((name) => name.trim().toLowerCase());
  return ['otlp', ...others.filter((name) => !['', 'otlp', 'none'].includes(name))].join(',');
}
