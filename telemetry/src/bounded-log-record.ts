// Copies the record that an application passes to Logger.emit(), so that the SDK accepts it without throwing.
import type { LogRecord } from '@opentelemetry/api';
import { isTimeInput } from '@opentelemetry/core';
import { ATTR_EXCEPTION_MESSAGE, ATTR_EXCEPTION_STACKTRACE, ATTR_EXCEPTION_TYPE } from '@opentelemetry/semantic-conventions';
import { type BoundedAttributes, BoundedCopy } from './bounded-value.ts';

/** @returns the copy, and the number of attributes that exceeded the limits */
export function copyLogRecord(original: LogRecord): { record: LogRecord; droppedCount: number } {
  const copy = new BoundedCopy({ keepsBigints: true });
  const severityText = textOf(read(original, 'severityText'), copy); // short texts first, because a large body may use up the size limit
  const eventName = textOf(read(original, 'eventName'), copy);
  const body = copy.value(read(original, 'body'));
  const { attributes, droppedCount } = copy.attributes(read(original, 'attributes'));
  addException(read(original, 'exception'), attributes, copy);
  const severityNumber = read(original, 'severityNumber');
  const context = read(original, 'context');
  const record = {
    body,
    attributes,
    timestamp: timeOf(read(original, 'timestamp')),
    observedTimestamp: timeOf(read(original, 'observedTimestamp')),
    severityNumber: Number.isInteger(severityNumber) ? severityNumber : undefined,
    severityText,
    eventName,
    ...(typeof read(context, 'getValue') === 'function' && { context }), // not undefined, which the SDK would use
  };
  return { record: record as LogRecord, droppedCount };
}

/** Follows the SDK: an error's code takes precedence over its name, and existing attributes take precedence over both. */
function addException(exception: unknown, attributes: BoundedAttributes, copy: BoundedCopy): void {
  const add = (key: string, value: unknown) => {
    const text = textOf(value, copy);
    if (text && !Object.hasOwn(attributes, key)) attributes[key] = text;
  };
  const isObject = typeof exception === 'object' && exception !== null;
  add(ATTR_EXCEPTION_MESSAGE, isObject ? read(exception, 'message') : exception);
  if (!isObject) return;
  add(ATTR_EXCEPTION_TYPE, read(exception, 'code') || read(exception, 'name'));
  add(ATTR_EXCEPTION_STACKTRACE, read(exception, 'stack'));
}

/** @returns undefined if the value is neither a string nor a number */
export function textOf(value: unknown, copy: BoundedCopy): string | undefined {
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' ? (copy.value(value) as string) : undefined;
}

/** @returns undefined if the value is not a valid time; the SDK then uses the current time */
function timeOf(time: unknown): unknown {
  if (!isTimeInput(time)) return undefined;
  const numbers = Array.isArray(time) ? time : [Number(time)];
  return numbers.every((number) => number >= 0 && number < 2 ** 53) ? time : undefined;
}

/** @returns the property; undefined if reading it throws */
export function read(object: unknown, key: string): unknown {
  try {
    return (object as Record<string, unknown> | null | undefined)?.[key];
  } catch {
    return undefined;
  }
}
