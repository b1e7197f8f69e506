// The OTEL_* variables. A wrong value never stops the service: it is logged once, and its default is used.
import { Console } from 'node:console';
import { withoutSecrets } from './endpoint.ts';
import { type Rule, rules } from './setting-rules.ts';

/** With a queue of its own. */
export type Signal = 'TRACES' | 'LOGS';
/** With settings of its own for OTLP. */
export type OtlpSignal = Signal | 'METRICS';

export interface Settings {
  /** All OTEL_* variables that are set, with valid values. */
  values: Map<string, string>;
  /** A sentence for each value that is wrong. */
  problems: string[];
}

const maxLoggedLength = 200;

let settings: Settings | undefined;

/** The value of a variable, if it is set and valid. */
export function setting(name: string): string | undefined {
  return current().values.get(name);
}

/** The setting of the exporter for one signal, or else the one for all signals: PROTOCOL, ENDPOINT, … */
export function otlpSetting(signal: OtlpSignal, name: string): string | undefined {
  return setting(`OTEL_EXPORTER_OTLP_${signal}_${name}`) ?? setting(`OTEL_EXPORTER_OTLP_${name}`);
}

/** Logs each wrong value. */
export function reportSettings(): void {
  for (const problem of current().problems) logOnce(problem);
}

/**
 * Runs a function of the SDK, which reads process.env itself, while process.env has valid OTEL_* values alone.
 * They are those from the start: what the application changes or deletes later does not matter.
 *
 * @param fn runs synchronously; the application never sees the other environment
 */
export function withValidEnvironment<Result>(fn: () => Result): Result {
  const environment = process.env;
  process.env = {
    ...Object.fromEntries(Object.entries(environment).filter(([name]) => !isOurs(name))),
    ...Object.fromEntries(current().values),
  };
  try {
    return fn();
  } finally {
    process.env = environment;
  }
}

/** Empty counts as not set, as the specification says. */
export function readSettings(environment: Record<string, string | undefined>): Settings {
  const values = new Map<string, string>();
  for (const [name, value] of Object.entries(environment)) if (isOurs(name) && value?.trim()) values.set(name, value.trim());

  const problems: string[] = [];
  for (const rule of rules) {
    for (const name of rule.names) {
      const given = values.get(name);
      if (given === undefined) continue;
      const { value, isWrong } = rule.read(given, name, (other) => values.get(other));
      if (value) values.set(name, value);
      else values.delete(name);
      if (isWrong) problems.push(describeProblem(rule, name, given, value));
    }
  }
  if (values.get('OTEL_TRACES_SAMPLER')?.endsWith('traceidratio') && !values.has('OTEL_TRACES_SAMPLER_ARG')) {
    values.set('OTEL_TRACES_SAMPLER_ARG', '1'); // the SDK logs an error where its own default applies
  }
  return { values, problems };
}

const logged = new Set<string>();

/** Writes a sentence to stderr, unless it is there already. */
export function logOnce(sentence: string): void {
  if (logged.has(sentence)) return;
  logged.add(sentence);
  new Console(process.stderr).log(`telemetry: ${sentence}`); // unlike the stream alone, it ignores that stderr is closed
}

function current(): Settings {
  settings ??= readSettings(process.env);
  return settings;
}

function isOurs(name: string): boolean {
  return name.startsWith('OTEL_');
}

function describeProblem({ expected, fallback }: Rule, name: string, given: string, value: string | undefined): string {
  const general = name.replace(/_(TRACES|LOGS|METRICS)_(?!EXPORTER|SAMPLER|TEMPORALITY)/, '_');
  const used = value
    ? isSecret(name)
      ? 'the others'
      : withoutSecrets(value)
    : general !== name
      ? `the default, ${general}`
      : `the default${fallback === undefined ? '' : ` ${fallback}`}`;
  const shown = isSecret(name) ? '"…"' : JSON.stringify(withoutSecrets(given).slice(0, maxLoggedLength));
  return `${name} is ${shown}: expected ${expected}; using ${used}`;
}

function isSecret(name: string): boolean {
  return name.endsWith('_HEADERS');
}
