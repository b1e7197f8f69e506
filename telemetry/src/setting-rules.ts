// The accepted values of each OTEL_* variable, and the fallback for an invalid value.
// https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { attempt } from './attempt.ts';
import { normalizeEndpoint } from './endpoint.ts';
import { instrumentationNames } from './instrumentation-names.ts';

/** The value to use; undefined for the default. `isWrong` if it differs from the given value because that is invalid. */
interface Reading {
  value?: string;
  isWrong?: boolean;
}

export interface Rule {
  names: string[];
  /** Completes "expected …". */
  expected: string;
  /** The default, as shown in messages. */
  fallback?: string;
  /**
   * @param value trimmed and not empty
   * @param setting looks up other variables; those of earlier rules have already been validated
   */
  read: (value: string, name: string, setting: Lookup) => Reading;
}

type Lookup = (name: string) => string | undefined;

const wrong: Reading = { isWrong: true };
const none = 'none';

/** Timers with a longer delay fire after 1 ms: https://nodejs.org/api/timers.html#settimeoutcallback-delay-args */
const maxTimerMs = 2 ** 31 - 1;

const samplers = ['always_on', 'always_off', 'traceidratio'].flatMap((name) => [name, `parentbased_${name}`]);

export const rules: Rule[] = [
  { names: ['OTEL_SDK_DISABLED'], ...oneOf(['true', 'false'], 'false') },
  { names: ['OTEL_LOG_LEVEL'], ...oneOf([none, 'error', 'warn', 'info', 'debug', 'verbose', 'all'], 'warn') },
  {
    names: ['OTEL_RESOURCE_ATTRIBUTES'],
    expected: 'pairs such as service.version=1.2.3,deployment.environment.name=staging',
    read: readResourceAttributes,
  },
  {
    names: ['OTEL_NODE_RESOURCE_DETECTORS'],
    fallback: 'host,os,serviceinstance,env',
    ...listOf(['all', none, 'env', 'host', 'os', 'process', 'serviceinstance', 'container', 'aws', 'azure', 'gcp', 'alibaba']),
  },
  {
    names: ['OTEL_NODE_ENABLED_INSTRUMENTATIONS', 'OTEL_NODE_DISABLED_INSTRUMENTATIONS'],
    ...listOf([...instrumentationNames, 'fastify']),
    expected: 'a list of instrumentations such as pg, pino or undici',
  },
  { names: ['OTEL_TRACES_EXPORTER'], fallback: 'otlp', ...listOf(['otlp', 'console', 'zipkin', none]) },
  { names: ['OTEL_LOGS_EXPORTER'], fallback: 'otlp', ...listOf(['otlp', 'console', none]) },
  { names: ['OTEL_METRICS_EXPORTER'], fallback: none, ...listOf(['otlp', 'prometheus', 'console', none]) },
  {
    names: ['OTEL_PROPAGATORS'],
    fallback: 'tracecontext,baggage',
    ...listOf(['tracecontext', 'baggage', 'b3', 'b3multi', none]),
  },
  { names: ['OTEL_TRACES_SAMPLER'], ...oneOf(samplers, 'parentbased_always_on') },
  { names: ['OTEL_TRACES_SAMPLER_ARG'], expected: 'a ratio from 0 to 1', fallback: '1', read: readRatio },
  { names: forEachSignal('PROTOCOL'), ...oneOf(['grpc', 'http/protobuf', 'http/json'], 'grpc') },
  { names: forEachSignal('INSECURE'), ...oneOf(['true', 'false'], 'false') },
  { names: forEachSignal('CERTIFICATE'), expected: 'a readable file with a PEM certificate', read: readCertificate },
  {
    names: forEachSignal('CLIENT_CERTIFICATE'),
    expected: 'a readable file with a PEM certificate that belongs to CLIENT_KEY',
    read: readClientCertificate,
  },
  {
    names: forEachSignal('CLIENT_KEY'),
    expected: 'a readable file with the PEM key of CLIENT_CERTIFICATE',
    read: readClientKey,
  },
  {
    names: forEachSignal('ENDPOINT'),
    expected: 'a URL such as http://localhost:4317, for gRPC without user and path',
    read: readEndpoint,
  },
  { names: forEachSignal('HEADERS'), expected: 'pairs such as authorization=Basic%20…,tenant=1', read: readHeaders },
  { names: forEachSignal('TIMEOUT'), fallback: '10000', ...integer(1, 'milliseconds') },
  { names: forEachSignal('COMPRESSION'), ...oneOf(['gzip', none], none) },
  {
    names: ['OTEL_EXPORTER_ZIPKIN_ENDPOINT'],
    expected: 'a URL such as http://localhost:9411/api/v2/spans',
    fallback: 'http://localhost:9411/api/v2/spans',
    read: (value) => (/^https?:\/\//i.test(value) && URL.canParse(value) ? { value } : wrong),
  },
  {
    names: ['OTEL_EXPORTER_PROMETHEUS_HOST'],
    expected: 'a host name or an IP address',
    fallback: 'localhost',
    read: (value) => (/^[\w.:-]{1,253}$/.test(value) ? { value } : wrong),
  },
  { names: ['OTEL_EXPORTER_PROMETHEUS_PORT'], fallback: '9464', ...integer(1, undefined, 65_535) },
  { names: ['OTEL_METRIC_EXPORT_INTERVAL'], fallback: '60000', ...integer(1, 'milliseconds') },
  { names: ['OTEL_METRIC_EXPORT_TIMEOUT'], fallback: '30000', ...integer(1, 'milliseconds') },
  {
    names: ['OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE'],
    ...oneOf(['cumulative', 'delta', 'lowmemory'], 'cumulative'),
  },
  {
    names: ['OTEL_BSP', 'OTEL_BLRP'].flatMap((prefix) =>
      ['MAX_QUEUE_SIZE', 'MAX_EXPORT_BATCH_SIZE', 'SCHEDULE_DELAY', 'EXPORT_TIMEOUT'].map((name) => `${prefix}_${name}`),
    ),
    ...integer(1),
  },
  {
    names: [
      'OTEL_ATTRIBUTE_COUNT_LIMIT',
      'OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT',
      'OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT',
      'OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT',
      'OTEL_SPAN_EVENT_COUNT_LIMIT',
      'OTEL_SPAN_LINK_COUNT_LIMIT',
      'OTEL_SPAN_ATTRIBUTE_PER_EVENT_COUNT_LIMIT',
      'OTEL_SPAN_ATTRIBUTE_PER_LINK_COUNT_LIMIT',
    ],
    ...integer(0),
  },
  { names: ['OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT', 'OTEL_LOGRECORD_ATTRIBUTE_VALUE_LENGTH_LIMIT'], ...integer(1) },
];

function forEachSignal(name: string): string[] {
  return ['', 'TRACES_', 'LOGS_', 'METRICS_'].map((signal) => `OTEL_EXPORTER_OTLP_${signal}${name}`);
}

/** Matching is case-insensitive: https://opentelemetry.io/docs/specs/otel/configuration/common/#enum */
function oneOf(values: string[], fallback: string): Pick<Rule, 'expected' | 'fallback' | 'read'> {
  const read = (given: string): Reading => {
    const value = given.toLowerCase();
    return values.includes(value) ? { value } : wrong;
  };
  return { expected: sentenceOf(values), fallback, read };
}

/** Ignores empty and repeated entries. Unknown entries are reported, and the others are used. */
function listOf(values: string[]): Pick<Rule, 'expected' | 'read'> {
  const read = (given: string): Reading => {
    const entries = new Set(entriesOf(given.toLowerCase()));
    const known = [...entries].filter((entry) => values.includes(entry));
    if (known.length === 0) return { isWrong: entries.size > 0 };
    return { value: known.join(','), isWrong: known.length < entries.size };
  };
  return { expected: `a list of ${sentenceOf(values)}`, read };
}

function integer(min: number, unit?: string, max = maxTimerMs): Pick<Rule, 'expected' | 'read'> {
  const expected = `an integer from ${min} to ${max}${unit ? ` (${unit})` : ''}`;
  const read = (value: string): Reading =>
    /^\d{1,10}$/.test(value) && Number(value) >= min && Number(value) <= max ? { value } : wrong;
  return { expected, read };
}

function readRatio(value: string): Reading {
  return /^(\d{1,20}(\.\d{0,20})?|\.\d{1,20})(e-?\d{1,3})?$/i.test(value) && Number(value) <= 1 ? { value } : wrong;
}

/** One invalid pair discards all of them: https://opentelemetry.io/docs/specs/otel/resource/sdk/#specifying-resource-information-via-an-environment-variable */
function readResourceAttributes(given: string): Reading {
  const pairs = entriesOf(given);
  const maxLength = 255; // limit of the SDK
  const isRight = pairs.every((pair) => {
    const parts = pair.split('=').map((part) => decode(part.trim()));
    return parts.length === 2 && parts[0] !== '' && parts.every((part) => part !== undefined && part.length <= maxLength);
  });
  return isRight ? { value: pairs.join(',') } : wrong;
}

/** Omits pairs that cannot be sent as headers. The others are still used, because they may contain an access token. */
function readHeaders(given: string): Reading {
  const pairs = entriesOf(given);
  const right = pairs.filter((pair) => {
    const [, name = '', value = ''] = /^([\w.-]+)\s*=(.+)$/.exec(pair) ?? [];
    return name !== '' && !name.toLowerCase().endsWith('-bin') && /^[ -~]+$/.test(decode(value.trim()) ?? '');
  });
  return { value: right.join(','), isWrong: right.length < pairs.length };
}

function readCertificate(path: string): Reading {
  return attempt(() => new X509Certificate(readFileSync(path))) ? { value: resolve(path) } : wrong;
}

function readClientCertificate(path: string, name: string, setting: Lookup): Reading {
  const keys = counterpartsOf(name, 'CLIENT_KEY', setting);
  return keys.some((key) => isKeyPair(path, key)) ? { value: resolve(path) } : wrong;
}

function readClientKey(path: string, name: string, setting: Lookup): Reading {
  const certificates = counterpartsOf(name, 'CLIENT_CERTIFICATE', setting);
  return certificates.some((certificate) => isKeyPair(certificate, path)) ? { value: resolve(path) } : wrong;
}

/** Whether the private key belongs to the certificate. */
function isKeyPair(certificatePath: string, keyPath: string): boolean {
  const check = () => new X509Certificate(readFileSync(certificatePath)).checkPrivateKey(createPrivateKey(readFileSync(keyPath)));
  return attempt(check) ?? false;
}

/** The values used together with a variable. A general variable may be combined with the signal-specific ones. */
function counterpartsOf(name: string, suffix: string, setting: Lookup): string[] {
  const isGeneral = !/_(TRACES|LOGS|METRICS)_/.test(name);
  return isGeneral ? forEachSignal(suffix).flatMap((each) => setting(each) ?? []) : [forSignalOf(name, suffix, setting) ?? ''];
}

function readEndpoint(given: string, name: string, setting: Lookup): Reading {
  const value = normalizeEndpoint(given, {
    isGrpc: (forSignalOf(name, 'PROTOCOL', setting) ?? 'grpc') === 'grpc',
    isGeneral: name === 'OTEL_EXPORTER_OTLP_ENDPOINT',
    isSecure: forSignalOf(name, 'CERTIFICATE', setting) ? true : isSecureBy(forSignalOf(name, 'INSECURE', setting)),
  });
  if (value === undefined) return wrong;
  return { value, isWrong: value.toLowerCase() !== given.toLowerCase() };
}

function isSecureBy(insecure: string | undefined): boolean | undefined {
  return insecure === undefined ? undefined : insecure === 'false';
}

/** The variable for the same signal as `name`, or the general variable if that is not set. */
function forSignalOf(name: string, suffix: string, setting: Lookup): string | undefined {
  const [, signal = ''] = /^OTEL_EXPORTER_OTLP_(TRACES_|LOGS_|METRICS_)?/.exec(name) ?? [];
  return setting(`OTEL_EXPORTER_OTLP_${signal}${suffix}`) ?? setting(`OTEL_EXPORTER_OTLP_${suffix}`);
}

function entriesOf(list: string): string[] {
  return list
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');
}

function sentenceOf(values: string[]): string {
  return `${values.slice(0, -1).join(', ')} or ${values.at(-1)}`;
}

function decode(text: string): string | undefined {
  return attempt(() => decodeURIComponent(text));
}
