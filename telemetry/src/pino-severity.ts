import { SeverityNumber } from '@opentelemetry/api';

const standard = new Map<string | undefined, SeverityNumber>([
  ['trace', SeverityNumber.TRACE],
  ['debug', SeverityNumber.DEBUG],
  ['info', SeverityNumber.INFO],
  ['warn', SeverityNumber.WARN],
  ['error', SeverityNumber.ERROR],
  ['fatal', SeverityNumber.FATAL],
]);

/**
 * Maps pino's own levels by label, whatever number an application gives them, and custom levels by number.
 * Pino's levels 10 to 60 correspond to the first number of each range in the data model, and these are four apart:
 * https://opentelemetry.io/docs/specs/otel/logs/data-model/#field-severitynumber
 */
export function severityOf(level: number, label: string | undefined): SeverityNumber | undefined {
  const severity = standard.get(label);
  if (severity !== undefined || Number.isNaN(level)) return severity;
  return Math.min(Math.max(Math.floor((level * 4) / 10) - 3, SeverityNumber.TRACE), SeverityNumber.FATAL4);
}
