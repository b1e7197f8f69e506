// What a span says of a request: its route, path, status and time. What clients and databases put in words of their own stays here.
import { type Attributes, SpanKind, SpanStatusCode } from '@opentelemetry/api';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';

/** Query strings, and texts of headers (Host, X-Forwarded-*, Forwarded, User-Agent), which may hold anything. */
const untold = {
  [SpanKind.SERVER]: ['url.query', 'user_agent.original', 'client.address', 'server.address', 'server.port'],
  [SpanKind.CLIENT]: ['url.query', 'user_agent.original'],
};

/** Takes out of a span that has ended what may be secret. Adapt it here. */
export function keepPrivate(span: ReadableSpan): void {
  const { attributes } = span;
  for (const name of untold[span.kind as keyof typeof untold] ?? []) delete attributes[name];
  if (attributes['url.full'] !== undefined) attributes['url.full'] = addressOnly(String(attributes['url.full']));
  if (isOfNoRoute(span)) delete attributes['url.path'];
  if (attributes['db.system.name'] ?? attributes['db.system']) leaveCodeAlone(span);
}

/** Without query, fragment, user and password. */
function addressOnly(url: string): string {
  return url.replace(/[?#].*$/s, '').replace(/^(\w+:\/\/)[^/]*@/, '$1');
}

/** A path that no route has is a text like any other: nobody knows what it says. */
function isOfNoRoute({ kind, attributes }: ReadableSpan): boolean {
  return (
    kind === SpanKind.SERVER && attributes['http.route'] === undefined && Number(attributes['http.response.status_code']) >= 400
  );
}

/** A database's message may repeat values; its code, in `error.type` and in the recorded exception, says what is wrong. */
function leaveCodeAlone(span: { status: ReadableSpan['status']; attributes: Attributes }): void {
  if (span.status.code === SpanStatusCode.ERROR) span.status = { code: SpanStatusCode.ERROR };
}
