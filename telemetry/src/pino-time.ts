// Parses the time of a log line, as written by one of pino's time functions or by a function of the application.
import type { HrTime } from '@opentelemetry/api';

/**
 * @param text as in the line: `1700000000000`, or a quoted date
 * @returns undefined if the text is not a time; the SDK then uses the current time
 */
export function hrTimeOf(text: string): HrTime | undefined {
  const milliseconds = text.length === 13 ? Number(text) : Number.NaN;
  if (Number.isInteger(milliseconds)) return [Math.floor(milliseconds / 1_000), (milliseconds % 1_000) * 1e6];
  if (text.length > 40) return undefined;
  if (/^\d+$/.test(text)) return ofDigits(text);
  if (/^\d+\.\d+$/.test(text)) return ofMilliseconds(Number(text) * (Number(text) < 1e11 ? 1_000 : 1));
  const date = /^"(\d{4}-.*)"$/.exec(text)?.[1];
  return date ? ofDate(date) : undefined;
}

/** A Unix time of up to 11 digits is in seconds, of up to 14 in milliseconds, of up to 17 in microseconds, of up to 20 in nanoseconds. */
function ofDigits(text: string): HrTime | undefined {
  if (text.length > 20) return undefined;
  const end = text.length - 3 * Math.max(0, Math.ceil((text.length - 11) / 3));
  return [Number(text.slice(0, end)), Number(text.slice(end).padEnd(9, '0'))];
}

function ofMilliseconds(milliseconds: number): HrTime {
  return [Math.floor(milliseconds / 1_000), Math.floor((milliseconds % 1_000) * 1e6)];
}

/** Reads the decimals separately, because Date.parse() supports three and pino's isoTimeNano writes nine. */
function ofDate(text: string): HrTime | undefined {
  const milliseconds = Date.parse(text);
  if (Number.isNaN(milliseconds) || milliseconds < 0) return undefined;
  const decimals = /\.(\d{1,9})/.exec(text)?.[1] ?? '';
  return [Math.floor(milliseconds / 1_000), Number(decimals.padEnd(9, '0'))];
}
