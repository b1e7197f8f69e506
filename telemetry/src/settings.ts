// A wrong OTEL_* setting is said at the start, in a sentence that names the variable, instead of being ignored.
// https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { supportsSyncHooks } from 'import-in-the-middle/register-hooks.mjs';

export type Signal = 'TRACES' | 'LOGS';

/** EX_CONFIG of sysexits.h: started with a setting that cannot be used. */
const badSettingExitCode = 78;

interface Rule {
  names: string[];
  takes: string;
  accepts: (value: string) => boolean;
}

/** More is 1 ms to Node.js: https://nodejs.org/api/timers.html#settimeoutcallback-delay-args */
const longestTimerMs = 2 ** 31 - 1;

const rules: Rule[] = [
  {
    names: ['OTEL_SDK_DISABLED'],
    takes: 'true or false',
    accepts: (value) => /^(true|false)$/i.test(value),
  },
  {
    names: ['OTEL_LOG_LEVEL'],
    takes: 'none, error, warn, info, debug, verbose or all',
    accepts: (value) => /^(none|error|warn|info|debug|verbose|all)$/i.test(value),
  },
  {
    names: ['OTEL_RESOURCE_ATTRIBUTES'],
    takes: 'pairs such as service.version=1.2.3,deployment.environment.name=staging',
    accepts: (value) => value.split(',').every((pair) => /^\s*[^\s=]+\s*=/.test(pair) && decoded(pair) !== undefined),
  },
  {
    names: forEachSignal('OTEL_EXPORTER_OTLP_PROTOCOL'),
    takes: 'grpc or http/protobuf',
    accepts: (value) => ['grpc', 'http/protobuf'].includes(value),
  },
  {
    names: forEachSignal('OTEL_EXPORTER_OTLP_ENDPOINT'),
    takes: 'an address such as http://localhost:4317, without a user: a token goes into OTEL_EXPORTER_OTLP_HEADERS',
    accepts: (value) => /^https?:\/\/[^\s/@]+(\/[^\s@]*)?$/.test(value) && URL.canParse(value),
  },
  {
    names: forEachSignal('OTEL_EXPORTER_OTLP_CERTIFICATE'),
    takes: 'the path of a PEM file that can be read',
    accepts: isCertificate,
  },
  {
    names: forEachSignal('OTEL_EXPORTER_OTLP_HEADERS'),
    takes: 'pairs such as authorization=Basic%20…,tenant=1',
    accepts: (value) => value.split(',').every((pair) => /^\s*[\w.-]+\s*=[^\s].*$/.test(pair) && isHeaderText(pair)),
  },
  {
    names: forEachSignal('OTEL_EXPORTER_OTLP_TIMEOUT'),
    takes: `a number of milliseconds from 1 to ${longestTimerMs}`,
    accepts: isWhole,
  },
  {
    names: forEachSignal('OTEL_EXPORTER_OTLP_COMPRESSION'),
    takes: 'gzip or none',
    accepts: (value) => ['gzip', 'none'].includes(value),
  },
  {
    names: ['OTEL_TRACES_EXPORTER', 'OTEL_LOGS_EXPORTER'],
    takes: 'otlp, console or none',
    accepts: (value) => ['otlp', 'console', 'none'].includes(value),
  },
  {
    names: ['OTEL_TRACES_SAMPLER'],
    takes: 'always_on, always_off, traceidratio, or one of these after parentbased_',
    accepts: (value) => /^(parentbased_)?(always_on|always_off|traceidratio)$/.test(value),
  },
  {
    names: ['OTEL_TRACES_SAMPLER_ARG'],
    takes: 'a share from 0 to 1',
    accepts: (value) => Number(value) >= 0 && Number(value) <= 1,
  },
  {
    names: ['OTEL_BSP', 'OTEL_BLRP'].flatMap((prefix) => [
      `${prefix}_MAX_QUEUE_SIZE`,
      `${prefix}_MAX_EXPORT_BATCH_SIZE`,
      `${prefix}_SCHEDULE_DELAY`,
    ]),
    takes: `a whole number from 1 to ${longestTimerMs}`,
    accepts: isWhole,
  },
];

/** Ends the process with a sentence for each setting that cannot be used, and exit code 78. */
export function checkSettings(): void {
  const problems = rules.flatMap(({ names, takes, accepts }) =>
    names
      .filter((name) => setting(name) !== undefined && !accepts(setting(name) as string))
      .map((name) => `${name} is "${isSecret(name) ? '…' : withoutUser(setting(name) as string)}"; it takes ${takes}`),
  );
  if (!supportsSyncHooks()) {
    problems.push(`Node.js ${process.versions.node} cannot instrument ES modules; it takes 24.11.1 or newer`);
  }
  if (problems.length === 0) return;
  for (const problem of problems) console.error(`telemetry: ${problem}`);
  process.exit(badSettingExitCode);
}

/** The value of a variable, trimmed; empty counts as not set, as the specification says. */
export function setting(name: string): string | undefined {
  return process.env[name]?.trim() || undefined;
}

/** A setting of the exporter for one signal, or else the one that holds for all: PROTOCOL, ENDPOINT, … */
export function otlpSetting(signal: Signal, name: string): string | undefined {
  return setting(`OTEL_EXPORTER_OTLP_${signal}_${name}`) ?? setting(`OTEL_EXPORTER_OTLP_${name}`);
}

function forEachSignal(name: string): string[] {
  return [name, ...['TRACES', 'LOGS'].map((signal) => name.replace('OTLP_', `OTLP_${signal}_`))];
}

function isWhole(value: string): boolean {
  return /^\d+$/.test(value) && Number(value) > 0 && Number(value) <= longestTimerMs;
}

function isSecret(name: string): boolean {
  return name.endsWith('_HEADERS');
}

/** Of an address, that is; what stands before an @ may be a password. */
function withoutUser(value: string): string {
  return value.replace(/[^/]*@/, '…@');
}

function isCertificate(path: string): boolean {
  try {
    return Boolean(new X509Certificate(readFileSync(path)));
  } catch {
    return false;
  }
}

/** What a header can carry: printable ASCII, once %20 and the like are decoded. */
function isHeaderText(text: string): boolean {
  return /^[ -~]*$/.test(decoded(text) ?? '\n');
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
