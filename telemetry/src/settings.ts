// The OTEL_* variables. An invalid value never stops the service: it is logged once, and the default is used.
import { withoutSecrets } from './endpoint.ts';
import { logOnce } from './log.ts';
import { type Rule, rules } from './setting-rules.ts';

/** A signal that has its own queue. */
export type Signal = 'TRACES' | 'LOGS';
/** A signal that has its own OTLP settings. */
export type OtlpSignal = Signal | 'METRICS';

interface Settings {
  /** All OTEL_* variables that are set to a valid value. */
  values: Map<string, string>;
  /** One message for each invalid value. */
  problems: string[];
}

const maxLoggedLength = 200;

let settings: Settings | undefined;

/** @returns the value of a variable; undefined if it is unset or invalid */
export function setting(name: string): string | undefined {
  return current().values.get(name);
}

/**
 * Returns the exporter setting of a signal, or the general setting if the signal has none.
 *
 * @param name the last part of the variable's name, such as PROTOCOL or ENDPOINT
 */
export function otlpSetting(signal: OtlpSignal, name: string): string | undefined {
  return setting(`OTEL_EXPORTER_OTLP_${signal}_${name}`) ?? setting(`OTEL_EXPORTER_OTLP_${name}`);
}

/** Logs each invalid value. */
export function reportSettings(): void {
  for (const problem of current().problems) logOnce(problem);
}

/**
 * Runs an SDK function that reads process.env, while process.env contains only valid OTEL_* values.
 * The values are those found at startup. Later changes by the application have no effect.
 *
 * @param fn must be synchronous, so that the application never sees the replaced environment
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

/** Treats an empty value as unset, as the specification requires. */
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
    values.set('OTEL_TRACES_SAMPLER_ARG', '1'); // avoids an error that the SDK logs when it falls back to its own default
  }
  return { values, problems };
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
