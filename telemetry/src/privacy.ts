// What a CLIENT span says of a call: where it went, what came back, how long it took. What may be secret in it stays here.
// The SERVER spans of fastify.ts and the queries of pg.ts are made without any of this.
import { SpanKind, SpanStatusCode } from '@opentelemetry/api';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';

/** Takes query strings, users, passwords, header texts and database messages out of a span that has ended. Adapt it here. */
export function keepPrivate(span: ReadableSpan): void {
  if (span.kind !== SpanKind.CLIENT) return;
  const { attributes } = span;
  delete attributes['url.query'];
  delete attributes['user_agent.original'];
  if (attributes['url.full'] !== undefined) attributes['url.full'] = addressOnly(String(attributes['url.full']));
  if (attributes['db.system.name'] ?? attributes['db.system']) leaveCodeAlone(span);
}

/** Without query, fragment, user and password. */
function addressOnly(url: string): string {
  return url.replace(/[?#].*$/s, '').replace(/^(\w+:\/\/)[^/]*@/, '$1');
}

/** A database's message may repeat values; its code, in `error.type` and in the recorded exception, says what is wrong. */
function leaveCodeAlone(span: { status: ReadableSpan['status'] }): void {
  if (span.status.code === SpanStatusCode.ERROR) span.status = { code: SpanStatusCode.ERROR };
}
