// One call of pg's `client.query()`: its CLIENT span, and the context of its caller. It is stored with the object that pg hands the
// server's messages to, so the shape of the call (promise, callback, events, cursor, stream) does not matter.
import { type Context, diag, type Span, SpanStatusCode } from '@opentelemetry/api';
import { ATTR_DB_RESPONSE_STATUS_CODE, ATTR_ERROR_TYPE } from '@opentelemetry/semantic-conventions';
import { rememberDatabaseError } from './database-error.ts';
import type { Measurement } from './metrics-duration.ts';

export interface Call {
  /** Callbacks and events of the query run in it. */
  readonly context: Context;
  /** Until it has ended. Not set where the caller is in no trace. */
  span: Span | undefined;
  /** Of its duration, for metrics, until it has ended. */
  measurement: Measurement | undefined;
}

const callKey = Symbol('opentelemetry.call');
type Attached = { [callKey]?: Call };

export function callOf(query: object): Call | undefined {
  return (query as Attached)[callKey];
}

/** @throws where the object is frozen */
export function attachCall(query: object, call: Call): void {
  const earlier = callOf(query);
  if (earlier) endCall(earlier);
  Object.defineProperty(query, callKey, { value: call, writable: true, configurable: true, enumerable: false });
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

/** The message is left to the log: PostgreSQL quotes values in it. */
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

/** https://www.postgresql.org/docs/current/errcodes-appendix.html: only the server's own errors have a severity beside their code. */
function classify(reason: unknown): { type: string; status?: string } {
  if (typeof reason !== 'object' || reason === null) return { type: '_OTHER' };
  const { code, name, severity } = reason as { code?: unknown; name?: unknown; severity?: unknown };
  if (typeof code === 'string' && code) return typeof severity === 'string' ? { type: code, status: code } : { type: code };
  return { type: typeof name === 'string' && name ? name : '_OTHER' };
}
