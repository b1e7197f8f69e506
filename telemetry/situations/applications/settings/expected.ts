import type { Situation, Variant } from '../../support/situation.ts';

/** A wrong value is reported once, and the default is used. */
const wrong: Record<string, string> = {
  OTEL_SDK_DISABLED: '1',
  OTEL_TRACES_EXPORTER: 'otlp,nothing',
  OTEL_LOGS_EXPORTER: 'file',
  OTEL_TRACES_SAMPLER: 'sometimes',
  OTEL_TRACES_SAMPLER_ARG: 'half',
  OTEL_PROPAGATORS: 'tracecontext,pigeon',
  OTEL_BSP_MAX_QUEUE_SIZE: '-1',
  OTEL_BSP_SCHEDULE_DELAY: 'soon',
  OTEL_BLRP_MAX_EXPORT_BATCH_SIZE: '1.5',
  OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT: 'long',
  OTEL_LOG_LEVEL: 'loud',
  OTEL_RESOURCE_ATTRIBUTES: 'a=1,b',
  OTEL_EXPORTER_OTLP_TIMEOUT: 'never',
  OTEL_EXPORTER_OTLP_COMPRESSION: 'zip',
  OTEL_EXPORTER_OTLP_HEADERS: 'authorization',
  OTEL_NODE_DISABLED_INSTRUMENTATIONS: 'pg,nothing',
};
/** A value that is unusual, but accepted: nothing is reported. */
const accepted: Record<string, string> = {
  OTEL_TRACES_EXPORTER: 'otlp,',
  OTEL_SDK_DISABLED: 'FALSE',
  OTEL_TRACES_SAMPLER: 'parentbased_always_on',
  OTEL_PROPAGATORS: 'b3,tracecontext , baggage',
  OTEL_SERVICE_NAME: ' ',
  OTEL_BSP_MAX_QUEUE_SIZE: '',
};
const none = { spans: [] };

const variants: Record<string, Partial<Variant>> = {};
for (const [name, value] of Object.entries(wrong))
  variants[`${name}=${value}`] = { env: { [name]: value }, reports: [new RegExp(`^telemetry: .*${name}`)] };
(variants['OTEL_LOG_LEVEL=loud'] as Partial<Variant>).differs = {
  stock: 'it prints what it starts, at the level it uses instead',
};
for (const [name, value] of Object.entries(accepted)) variants[`${name}=${value}`] = { env: { [name]: value } };
/** In one run, because they are independent. */
const more: Record<string, string> = {
  OTEL_METRICS_EXPORTER: 'carbon',
  OTEL_NODE_RESOURCE_DETECTORS: 'env,moon',
  OTEL_BLRP_SCHEDULE_DELAY: '1s',
  OTEL_BSP_EXPORT_TIMEOUT: 'long',
  OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT: 'many',
  OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT: '1e3',
  OTEL_EXPORTER_OTLP_TRACES_TIMEOUT: '-5',
  OTEL_EXPORTER_OTLP_LOGS_COMPRESSION: 'br',
  OTEL_EXPORTER_OTLP_TRACES_HEADERS: 'a',
  OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: 'http',
  OTEL_EXPORTER_OTLP_CERTIFICATE: '/nowhere.pem',
};
variants['several wrong values'] = { env: more, reports: Object.keys(more).map((name) => new RegExp(`^telemetry: .*${name}`)) };
Object.assign(variants, {
  'OTEL_TRACES_EXPORTER=otlp,console': {
    env: { OTEL_TRACES_EXPORTER: 'otlp,console' },
    differs: { ours: 'it prints each span, as configured' },
  },
  'OTEL_SDK_DISABLED=true': { env: { OTEL_SDK_DISABLED: 'true' }, ...none },
  'OTEL_TRACES_EXPORTER=none': { env: { OTEL_TRACES_EXPORTER: 'none' }, ...none },
  'OTEL_TRACES_SAMPLER=always_off': { env: { OTEL_TRACES_SAMPLER: 'always_off' }, ...none },
  'endpoint without a scheme': { env: { OTEL_EXPORTER_OTLP_ENDPOINT: 'localhost:1' }, reports: [/^telemetry: /], ...none },
  'endpoint that is no URL': {
    env: { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://[' },
    reports: [/^telemetry: .*OTEL_EXPORTER_OTLP_ENDPOINT/, /^telemetry: /],
    ...none,
  },
  'protocol that does not exist': {
    env: { OTEL_EXPORTER_OTLP_PROTOCOL: 'carrier pigeon' },
    reports: [/^telemetry: .*OTEL_EXPORTER_OTLP_PROTOCOL/],
  },
});

export default {
  promise: 'a setting never prevents the application from starting',
  spans: ['SERVER GET /'],
  variants,
} satisfies Situation;
