// Maps an error, as written by pino's serializer, to attributes of a log record.
import { ATTR_EXCEPTION_MESSAGE, ATTR_EXCEPTION_STACKTRACE, ATTR_EXCEPTION_TYPE } from '@opentelemetry/semantic-conventions';
import { type BoundedAttributes, setProperty } from './bounded-value.ts';

const exceptionAttributes: Record<string, string | undefined> = {
  __proto__: null as never,
  type: ATTR_EXCEPTION_TYPE,
  message: ATTR_EXCEPTION_MESSAGE,
  stack: ATTR_EXCEPTION_STACKTRACE,
};

/**
 * @param target receives everything that has no exception attribute: code, status, cause, or a value that is not an error
 * @param attributes receive type, message and stack trace
 */
export function addError(target: BoundedAttributes, key: string, error: unknown, attributes: BoundedAttributes): void {
  if (typeof error === 'string' || typeof error === 'number') add(attributes, ATTR_EXCEPTION_MESSAGE, String(error));
  const rest = isException(error) ? addException(error, attributes) : error;
  if (rest !== undefined) setProperty(target, key, rest as never);
}

/** @returns the remaining fields; undefined if there are none */
function addException(error: Record<string, unknown>, attributes: BoundedAttributes): BoundedAttributes | undefined {
  const fields: BoundedAttributes = {};
  for (const name of Object.keys(error)) {
    const value = error[name];
    const attribute = exceptionAttributes[name];
    if (attribute && typeof value === 'string') add(attributes, attribute, value);
    else setProperty(fields, name, value as never);
  }
  return Object.keys(fields).length > 0 ? fields : undefined;
}

function isException(error: unknown): error is Record<string, unknown> {
  if (typeof error !== 'object' || error === null) return false;
  return 'message' in error ? typeof error.message === 'string' : 'stack' in error && typeof error.stack === 'string';
}

/** Does not overwrite exception attributes that the application has logged itself. */
function add(attributes: BoundedAttributes, key: string, value: string): void {
  if (value !== '' && !Object.hasOwn(attributes, key)) attributes[key] = value;
}
