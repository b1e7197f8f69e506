// Removes sensitive data from spans of all instrumentations: query strings, credentials, user agents, values in statements, and database
// error messages.
import { SpanKind } from '@opentelemetry/api';
import type { ReadableSpan, Span } from '@opentelemetry/sdk-trace';
import { framesOf, repeatsDatabaseMessage, withoutDatabaseMessage } from './database-error.ts';
import { describeStatement } from './statement.ts';

/** Cleans the attributes, the events and the status of an ended span. Must run before the exporting processors. */
export function keepPrivate(span: ReadableSpan): void {
  if (span.instrumentationScope.name === 'telemetry/pg') return; // that instrumentation records no such data
  if (span.kind === SpanKind.CLIENT) hideAddresses(span.attributes);
  if (isOfDatabase(span)) hideValues(span as Ended);
  else if (span.status.message && repeatsDatabaseMessage(span.status.message)) hideMessage(span as Ended);
}

/** Returns a URL without query, fragment, user and password. */
export function addressOnly(url: string): string {
  return url.replace(/[?#].*$/s, '').replace(/^(\w+:\/\/)[^/]*@/, '$1');
}

type Ended = ReadableSpan & { name: string; status: ReadableSpan['status'] };
type Attributes = ReadableSpan['attributes'];

const guarded = Symbol('guarded');

/** Patches `recordException` of its class, because the error's class and fields are only available there: a recorded event contains only strings. */
export function guardExceptions(span: Span & { [guarded]?: boolean }): void {
  if (span[guarded]) return; // as its class is
  const prototype: Span = Object.getPrototypeOf(span);
  Object.defineProperty(prototype, guarded, { value: true });
  const { recordException } = prototype;
  prototype.recordException = function (this: Span & ReadableSpan, exception, time) {
    recordException.call(this, withoutDatabaseMessage(exception, isOfDatabase(this)), time);
  };
}

function isOfDatabase({ attributes }: ReadableSpan): boolean {
  return systemOf(attributes) !== undefined || textNames.some((name) => attributes[name] !== undefined);
}

function systemOf(attributes: Attributes): string | undefined {
  const system = attributes['db.system.name'] ?? attributes['db.system'];
  return system === undefined ? undefined : String(system);
}

function hideAddresses(attributes: Attributes): void {
  for (const name of ['url.query', 'user_agent.original', 'http.user_agent', 'http.target']) delete attributes[name];
  for (const name of ['url.full', 'http.url']) {
    if (attributes[name] !== undefined) attributes[name] = addressOnly(String(attributes[name]));
  }
}

/** The current and the former name of the attribute for the statement. */
const textNames = ['db.query.text', 'db.statement'];

/** Matches attributes such as `db.query.parameter.email`, `db.mysql.values` and `db.memcached.key`. */
const valueName = /^db\..*\b(parameters?|params?|values?|args|arguments|bind(ing)?s?|keys?)\b/;

function hideValues(span: Ended): void {
  const system = systemOf(span.attributes) ?? '';
  for (const attributes of [span.attributes, ...span.events.map((event) => event.attributes ?? {})]) {
    for (const name of Object.keys(attributes)) if (valueName.test(name)) delete attributes[name];
    for (const name of textNames) if (attributes[name] !== undefined) hideLiterals(span, attributes, name, system);
    hideStack(attributes);
    delete attributes['exception.message'];
  }
  hideMessage(span);
}

function hideStack(attributes: Attributes): void {
  const [stack, message = '', type = 'Error'] = ['stacktrace', 'message', 'type'].map((name) => attributes[`exception.${name}`]);
  if (stack !== undefined) attributes['exception.stacktrace'] = framesOf(String(stack), String(message), String(type));
}

function hideLiterals(span: Ended, attributes: Attributes, name: string, system: string): void {
  const text = String(attributes[name]);
  const statement = describeStatement(system, text);
  if (statement.summary !== undefined) attributes['db.query.summary'] ??= statement.summary;
  if (statement.text === undefined) delete attributes[name];
  else attributes[name] = statement.text;
  // Some instrumentations name a span after the statement, or after its text up to the first space.
  if (statement.text !== text && text.startsWith(span.name) && !/^\w*$/.test(span.name)) span.name = statement.summary ?? 'query';
}

/** Removes the status message. The error code remains in `error.type` and in the recorded exception. */
function hideMessage(span: Ended): void {
  if (span.status.message !== undefined) span.status = { code: span.status.code };
}
