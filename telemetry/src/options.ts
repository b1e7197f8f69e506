// The options of `start()`. An invalid option never stops the service: it is logged once, and the default is used.
import type { Span, TextMapPropagator } from '@opentelemetry/api';
import type { Instrumentation, InstrumentationConfig } from '@opentelemetry/instrumentation';
import type { LogRecordProcessor } from '@opentelemetry/sdk-logs';
import type { IMetricReader, ViewOptions } from '@opentelemetry/sdk-metrics';
import type { Sampler, SpanProcessor } from '@opentelemetry/sdk-trace';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { attempt } from './attempt.ts';
import { expectedIgnore, type Ignore, isIgnore } from './ignore.ts';
import type { Redact, RedactOptions } from './redact.ts';
import { isRedactedPath } from './redact-paths.ts';

/**
 * Called with the span of a request and Fastify's request and reply, to set attributes or rename the span. Errors that it throws are logged
 * once and do not affect the request.
 */
export type RequestHook = (span: Span, request: FastifyRequest, reply: FastifyReply) => void;

/** Options of FastifyInstrumentation, for services that set up the OpenTelemetry SDK themselves. */
export interface FastifyInstrumentationConfig extends InstrumentationConfig {
  /** Requests that are not traced, including everything that they call; see `Ignore`. To ignore a route, set `config: { otel: false }`. */
  ignore?: Ignore | Ignore[];
  /** Called before the application's first `onRequest` hook. The body, and properties that hooks set, are not available yet. */
  requestHook?: RequestHook;
  /** Called when the response is sent or its connection is closed, before the application's `onResponse` hooks. */
  responseHook?: RequestHook;
}

/** An option takes precedence over the environment variable with the same meaning. */
export interface StartOptions extends Omit<FastifyInstrumentationConfig, 'enabled'> {
  /**
   * Used in addition to the instrumentations of this package and of auto-instrumentations-node. An instrumentation with the same short name
   * replaces theirs: `@opentelemetry/instrumentation-pg` and PgInstrumentation are both `pg`, `@fastify/otel` is `fastify`.
   * OTEL_NODE_ENABLED_INSTRUMENTATIONS and OTEL_NODE_DISABLED_INSTRUMENTATIONS do not apply to this option.
   */
  instrumentations?: (Instrumentation | Instrumentation[])[];
  /** Masks attributes of spans and log records before they are exported; see `Redact`. */
  redact?: Redact;
  /** Replaces OTEL_TRACES_SAMPLER. */
  sampler?: Sampler;
  /** Used in addition to the exporters of OTEL_TRACES_EXPORTER. They get ended spans exactly as these are exported. */
  spanProcessors?: SpanProcessor[];
  /** Used in addition to the exporters of OTEL_LOGS_EXPORTER. They run before export, get masked log records, and may modify them. */
  logRecordProcessors?: LogRecordProcessor[];
  /** Used in addition to the exporters of OTEL_METRICS_EXPORTER. */
  metricReaders?: IMetricReader[];
  /** Select the exported metrics, their attributes and their buckets. Views have no effect without a metric reader or exporter. */
  views?: ViewOptions[];
  /** Replace OTEL_PROPAGATORS, whose default is `new TraceContextPropagator()` and `new W3CBaggagePropagator()`. */
  propagators?: TextMapPropagator[];
}

interface Reading {
  /** The valid part of the value; undefined to use the default. */
  usable: unknown;
  /** The invalid values, which are not used. */
  wrong: unknown[];
}

interface Rule {
  /** Completes "expected …". */
  expected: string;
  read: (value: unknown) => Reading;
}

const rules: Record<keyof StartOptions, Rule> = {
  instrumentations: listOf('a list of instrumentations', withMethods('enable', 'disable', 'setTracerProvider')),
  ignore: listOf(expectedIgnore, isIgnore),
  requestHook: one('a function', (value) => typeof value === 'function'),
  responseHook: one('a function', (value) => typeof value === 'function'),
  redact: { expected: 'a list of names and paths, or { paths, censor, remove }', read: readRedact },
  sampler: one('a sampler', withMethods('shouldSample')),
  spanProcessors: listOf('a list of span processors', withMethods('onStart', 'onEnd')),
  logRecordProcessors: listOf('a list of log record processors', withMethods('onEmit')),
  metricReaders: listOf('a list of metric readers', withMethods('collect', 'setMetricProducer')),
  views: listOf('a list of views', withMethods()),
  propagators: listOf('a list of propagators', withMethods('inject', 'extract', 'fields')),
};

/**
 * Validates options. Never throws.
 *
 * @param given the argument that the application passed to `start()`
 * @returns the valid options, and one message for each invalid option
 */
export function readOptions(given: unknown): { options: StartOptions; problems: string[] } {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    return {
      options: {},
      problems: [`start() was given ${describe(given)}: expected an object with options; using the defaults`],
    };
  }
  const options: Record<string, unknown> = {};
  const problems: string[] = [];
  for (const name of Object.keys(given)) {
    const rule = Object.hasOwn(rules, name) ? rules[name as keyof StartOptions] : undefined;
    if (!rule) {
      problems.push(`option ${describe(name)} is unknown: expected one of ${Object.keys(rules).join(', ')}; ignoring it`);
      continue;
    }
    const value = read(given, name);
    if (value === undefined) continue;
    const { usable, wrong } = rule.read(value);
    if (usable !== undefined) options[name] = usable;
    if (wrong.length > 0) {
      const used = usable === undefined ? 'the default' : 'the others';
      problems.push(`option ${name} is ${wrong.map(describe).join(', ')}: expected ${rule.expected}; using ${used}`);
    }
  }
  return { options: options as StartOptions, problems };
}

const maxLoggedEntries = 3;

type Check = (value: unknown) => boolean;

function one(expected: string, isValid: Check): Rule {
  return {
    expected,
    read: (value) => (attempt(() => isValid(value)) ? { usable: value, wrong: [] } : { usable: undefined, wrong: [value] }),
  };
}

/** Accepts a single value as a list of one, and nested lists. */
function listOf(expected: string, isValid: Check): Rule {
  return { expected, read: (value) => readEntries([value].flat(maxNesting), isValid) };
}

/** Omits invalid entries and uses the others. */
function readEntries(entries: unknown[], isValid: Check): Reading & { usable: unknown[] | undefined } {
  const usable = entries.filter((entry) => attempt(() => isValid(entry)));
  const wrong = entries.filter((entry) => !usable.includes(entry)).slice(0, maxLoggedEntries);
  return { usable: usable.length > 0 || entries.length === 0 ? usable : undefined, wrong };
}

const maxNesting = 3;

function withMethods(...names: string[]): Check {
  return (value) =>
    typeof value === 'object' && value !== null && names.every((name) => typeof value[name as never] === 'function');
}

/** An invalid censor is replaced by the default. The paths are still used, so that their values stay masked. */
function readRedact(value: unknown): Reading {
  const { paths, censor, remove } = (Array.isArray(value) ? { paths: value } : Object(value)) as Partial<RedactOptions>;
  if (!Array.isArray(paths)) return { usable: undefined, wrong: [value] };
  const { usable, wrong } = readEntries(paths, isRedactedPath);
  const isCensor = censor === undefined || typeof censor === 'string' || typeof censor === 'function';
  if (!isCensor) wrong.push(censor);
  const redact = { paths: usable, ...(isCensor && censor !== undefined && { censor }), remove: remove === true };
  return { usable: usable && redact, wrong };
}

function read(object: object, name: string): unknown {
  try {
    return object[name as never];
  } catch {
    return null; // reported as invalid, because no option accepts null
  }
}

const maxLoggedLength = 100;

/** Describes objects by type only, because their contents may be secret or long. */
function describe(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.slice(0, maxLoggedLength));
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object' && value !== null) return 'an object';
  return typeof value === 'function' ? 'a function' : String(value);
}
