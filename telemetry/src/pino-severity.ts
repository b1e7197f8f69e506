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
 * By label for pino's own levels, whatever number an application gives them; others by number.
 * https://opentelemetry.io/docs/specs/otel/logs/data-model/#field-severitynumber: pino's 10 to 60 are four apart there.
 */
export function severityOf(level: number, label: string | undefined): SeverityNumber | undefined {
  const severity = standard.get(label);
  if (severity !== undefined || Number.isNaN(level)) return severity;
  return Math.min(Math.max(Math.floor((level * 4) / 10) - 3, SeverityNumber.TRACE), SeverityNumber.FATAL4);
}
