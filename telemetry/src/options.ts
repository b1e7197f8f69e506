// What `start()` accepts. A wrong option never stops the service: it is logged once, and its default is used.
import type { Span, TextMapPropagator } from '@opentelemetry/api';
import type { Instrumentation, InstrumentationConfig } from '@opentelemetry/instrumentation';
import type { LogRecordProcessor } from '@opentelemetry/sdk-logs';
import type { IMetricReader, ViewOptions } from '@opentelemetry/sdk-metrics';
import type { Sampler, SpanProcessor } from '@opentelemetry/sdk-trace';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { expectedIgnore, type Ignore, isIgnore } from './ignore.ts';
import type { Redact, RedactOptions } from './redact.ts';
import { isRedactedPath } from './redact-paths.ts';

/**
 * Gets the span of a request with Fastify's own objects, to set attributes or the name. What it throws is logged once, and
 * changes nothing for the request.
 */
export type RequestHook = (span: Span, request: FastifyRequest, reply: FastifyReply) => void;

/** Of FastifyInstrumentation, for a service that sets up OpenTelemetry itself. */
export interface FastifyInstrumentationConfig extends InstrumentationConfig {
  /** Requests that are not traced, nor what they do; see `Ignore`. A route can also have `config: { otel: false }`. */
  ignore?: Ignore | Ignore[];
  /** Called before the first `onRequest` hook of the application. Body, and parameters that hooks set, come later. */
  requestHook?: RequestHook;
  /** Called when the response is sent or its connection is closed, before the `onResponse` hooks of the application. */
  responseHook?: RequestHook;
}

/** For an option that a variable sets as well, the option counts. */
export interface StartOptions extends Omit<FastifyInstrumentationConfig, 'enabled'> {
  /**
   * Added to those of this package and of auto-instrumentations-node. One for the same package, by its short name, is used in place of
   * theirs: `@opentelemetry/instrumentation-pg` and PgInstrumentation are both `pg`, `@fastify/otel` is `fastify`.
   * OTEL_NODE_ENABLED_INSTRUMENTATIONS and OTEL_NODE_DISABLED_INSTRUMENTATIONS do not apply to these.
   */
  instrumentations?: (Instrumentation | Instrumentation[])[];
  /** Masks attributes of spans and log records before they are exported; see `Redact`. */
  redact?: Redact;
  /** In place of OTEL_TRACES_SAMPLER. */
  sampler?: Sampler;
  /** Added beside the exporters of OTEL_TRACES_EXPORTER; they see ended spans as these export them. */
  spanProcessors?: SpanProcessor[];
  /** Added beside the exporters of OTEL_LOGS_EXPORTER; they see log records as these export them, and may change them. */
  logRecordProcessors?: LogRecordProcessor[];
  /** Added beside the exporters of OTEL_METRICS_EXPORTER. */
  metricReaders?: IMetricReader[];
  /** Change which metrics are exported, with which attributes and buckets. Without a metric reader or exporter they do nothing. */
  views?: ViewOptions[];
  /** In place of OTEL_PROPAGATORS, and so of its default, `new TraceContextPropagator()` and `new W3CBaggagePropagator()`. */
  propagators?: TextMapPropagator[];
}

interface Reading {
  /** Undefined for the default. */
  usable: unknown;
  /** What is not used. */
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
 * @param given what the application passed to `start()`
 * @returns the options that can be used, and a sentence for each one that cannot. Never throws
 */
export function readOptions(given: unknown): { options: StartOptions; problems: string[] } {
  if (given === undefined) return { options: {}, problems: [] };
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
    read: (value) => (safely(isValid, value) ? { usable: value, wrong: [] } : { usable: undefined, wrong: [value] }),
  };
}

/** A single value is a list of one, and lists may be nested. */
function listOf(expected: string, isValid: Check): Rule {
  return { expected, read: (value) => readEntries([value].flat(maxNesting), isValid) };
}

/** The wrong ones are left out: the others are still needed. */
function readEntries(entries: unknown[], isValid: Check): Reading & { usable: unknown[] | undefined } {
  const usable = entries.filter((entry) => safely(isValid, entry));
  const wrong = entries.filter((entry) => !usable.includes(entry)).slice(0, maxLoggedEntries);
  return { usable: usable.length > 0 || entries.length === 0 ? usable : undefined, wrong };
}

const maxNesting = 3;

function withMethods(...names: string[]): Check {
  return (value) =>
    typeof value === 'object' && value !== null && names.every((name) => typeof value[name as never] === 'function');
}

/** A censor that is wrong is replaced, not the paths: they would no longer be masked. */
function readRedact(value: unknown): Reading {
  const { paths, censor, remove } = (Array.isArray(value) ? { paths: value } : Object(value)) as Partial<RedactOptions>;
  if (!Array.isArray(paths)) return { usable: undefined, wrong: [value] };
  const { usable, wrong } = readEntries(paths, isRedactedPath);
  const isCensor = censor === undefined || typeof censor === 'string' || typeof censor === 'function';
  if (!isCensor) wrong.push(censor);
  const redact = { paths: usable, ...(isCensor && censor !== undefined && { censor }), remove: remove === true };
  return { usable: usable && redact, wrong };
}

function safely(check: Check, value: unknown): boolean {
  try {
    return check(value);
  } catch {
    return false;
  }
}

function read(object: object, name: string): unknown {
  try {
    return object[name as never];
  } catch {
    return null; // no option accepts it
  }
}

const maxLoggedLength = 100;

/** Not by its content: that may be secret, or long. */
function describe(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.slice(0, maxLoggedLength));
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object' && value !== null) return 'an object';
  return typeof value === 'function' ? 'a function' : String(value);
}
