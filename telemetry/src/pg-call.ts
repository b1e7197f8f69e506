// One `client.query()` call of pg: its CLIENT span and the context of its caller. It is attached to the object that receives the server's
// messages from pg, so all forms of the call work the same: promise, callback, events, cursor and stream.
import { type Context, diag, type Span, SpanStatusCode } from '@opentelemetry/api';
import { ATTR_DB_RESPONSE_STATUS_CODE, ATTR_ERROR_TYPE } from '@opentelemetry/semantic-conventions';
import { rememberDatabaseError } from './database-error.ts';
import { hide } from './hide.ts';
import type { Measurement } from './metrics-duration.ts';

export interface Call {
  /** Context of the caller. Callbacks and events of the query run in it. */
  readonly context: Context;
  /** Undefined once it has ended, or if the caller is not in a trace. */
  span: Span | undefined;
  /** Duration metric. Undefined once it is recorded, or when metrics are off. */
  measurement: Measurement | undefined;
}

const callKey = Symbol('opentelemetry.call');
type Attached = { [callKey]?: Call };

/** As a base class, it defines the fields of the derived class on an object that exists. */
function Existing(object: object): object {
  return object;
}

/** The call and the callback of a query that pg constructs. `Object.defineProperty()` would take ten times as long for each. */
class ConstructedQuery extends (Existing as unknown as new (object: object) => object) {
  readonly #call: Call;
  callback: unknown;

  constructor(query: object, call: Call, callback: unknown) {
    super(query);
    this.#call = call;
    this.callback = callback;
  }

  static callOf(query: object): Call | undefined {
    return #call in query ? query.#call : undefined;
  }
}

/** @param callback defined as a plain property, even if the prototype has a setter */
export function attachToConstructed(query: object, call: Call, callback: unknown): void {
  new ConstructedQuery(query, call, callback);
}

export function callOf(query: object): Call | undefined {
  return (query as Attached)[callKey] ?? ConstructedQuery.callOf(query); // an application may submit any query again
}

/** @throws {TypeError} if the object is frozen */
export function attachCall(query: object, call: Call): void {
  const earlier = callOf(query);
  if (earlier) endCall(earlier);
  hide(query, callKey, call);
}

export function endCall(call: Call): void {
  const { span, measurement } = call;
  call.measurement = undefined;
  measurement?.end();
  if (!span) return;
  call.span = undefined;
  try {
    span.end();
  } catch (error) {
    diag.error('the span of a query could not be ended', error);
  }
}

/** Records type and code of an error and ends the call. The message is not recorded, because PostgreSQL quotes values in it. */
export function failCall(call: Call, reason: unknown): void {
  const { span, measurement } = call;
  if (!span && !measurement) return;
  try {
    rememberDatabaseError(reason);
    const { type, status } = classify(reason);
    measurement?.add({ [ATTR_ERROR_TYPE]: type, ...(status !== undefined && { [ATTR_DB_RESPONSE_STATUS_CODE]: status }) });
    span?.setAttribute(ATTR_ERROR_TYPE, type);
    if (status !== undefined) span?.setAttribute(ATTR_DB_RESPONSE_STATUS_CODE, status);
    span?.setStatus({ code: SpanStatusCode.ERROR });
  } catch (error) {
    diag.error('an error of a query could not be described', error);
  }
  endCall(call);
}

/** Only errors sent by the server have a severity in addition to a code: https://www.postgresql.org/docs/current/errcodes-appendix.html */
function classify(reason: unknown): { type: string; status?: string } {
  if (typeof reason !== 'object' || reason === null) return { type: '_OTHER' };
  const { code, name, severity } = reason as { code?: unknown; name?: unknown; severity?: unknown };
  if (typeof code === 'string' && code) return typeof severity === 'string' ? { type: code, status: code } : { type: code };
  return { type: typeof name === 'string' && name ? name : '_OTHER' };
}
