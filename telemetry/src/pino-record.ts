// Converts a log line to a log record, with every field where OpenTelemetry's data model expects it.
import { hostname } from 'node:os';
import type { AnyValue, LogRecord } from '@opentelemetry/api';
import { type BoundedAttributes, BoundedCopy, limits, setProperty } from './bounded-value.ts';
import { addError } from './pino-error.ts';
import type { Ids } from './pino-ids.ts';
import type { Line } from './pino-line.ts';
import { severityOf } from './pino-severity.ts';
import { hrTimeOf } from './pino-time.ts';

/** What pino knows about a line in addition to its text. */
interface Origin {
  level: number;
  label: string | undefined;
  time: string;
  messageKey: string;
  errorKey: string;
  nestedKey: string | null | undefined;
  /** The ids that were added to the line. */
  added: Ids | undefined;
}

type Fields = Record<string, unknown>;

/** A line of up to this many characters cannot exceed the limit of values. */
const longestUsual = limits.values;

const host = hostname();
const { pid } = process;

/** @param text the line, including its line terminator */
export function recordOf(text: string, line: Line | undefined, origin: Origin): LogRecord {
  const { level, label, time } = origin;
  const timeText = time.slice(time.indexOf(':') + 1);
  const attributes: BoundedAttributes = {};
  const body = line ? fill(attributes, line.fields, origin, timeText) : withoutEnd(text);
  const record: LogRecord = {
    timestamp: hrTimeOf(timeText),
    severityNumber: severityOf(level, label),
    severityText: label,
    body: body as AnyValue,
    attributes: attributes as LogRecord['attributes'],
    context: undefined,
  };
  if (text.length <= longestUsual && !line?.isDeep) return record;
  const copy = new BoundedCopy({ keepsBigints: true });
  record.body = copy.value(body) as AnyValue;
  record.attributes = copy.attributes(attributes).attributes as LogRecord['attributes'];
  return record;
}

/** Fills the attributes from the fields. @returns the message */
function fill(attributes: BoundedAttributes, fields: Fields, origin: Origin, timeText: string): unknown {
  const { messageKey, errorKey, nestedKey } = origin;
  let message: unknown;
  for (const key of Object.keys(fields)) {
    const value = fields[key];
    if (key === messageKey) message = value;
    else if (key === errorKey) addError(attributes, key, value, attributes);
    else if (key === nestedKey && isObject(value) && Object.hasOwn(value, errorKey)) addNested(attributes, key, value, errorKey);
    else if (!isElsewhere(key, value, origin, timeText)) setProperty(attributes, key, value as never);
  }
  return message;
}

function addNested(attributes: BoundedAttributes, nestedKey: string, fields: Fields, errorKey: string): void {
  const nested: BoundedAttributes = {};
  for (const key of Object.keys(fields)) {
    if (key === errorKey) addError(nested, key, fields[key], attributes);
    else setProperty(nested, key, fields[key] as never);
  }
  if (Object.keys(nested).length > 0) setProperty(attributes, nestedKey, nested);
}

/** Whether the value is already part of the record or its resource. */
function isElsewhere(key: string, value: unknown, { level, label, added }: Origin, timeText: string): boolean {
  switch (key) {
    case 'level':
      return value === level || value === label;
    case 'time':
      return timeText !== '' && typeof value !== 'object' && (`${value}` === timeText || `"${value}"` === timeText);
    case 'pid':
      return value === pid;
    case 'hostname':
      return value === host;
    case 'trace_id':
    case 'span_id':
    case 'trace_flags':
      return value === added?.fields[key];
    default:
      return key === ''; // not a valid attribute key
  }
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function withoutEnd(text: string): string {
  return text.endsWith('\r\n') ? text.slice(0, -2) : text.endsWith('\n') ? text.slice(0, -1) : text;
}
