// What makes spans, and what does not.
import type { Span } from '@opentelemetry/api';
import { getNodeAutoInstrumentations } from '@opentelemetry/auto-instrumentations-node';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import { ATTR_DB_QUERY_SUMMARY } from '@opentelemetry/semantic-conventions';

/** Health checks, asked every few seconds by machines: a trace of each would bury those that people look for. */
const untracedPaths = new Set(['/healthz', '/readyz']);

/**
 * Every instrumentation of auto-instrumentations-node that a service may need: each does nothing until its package is loaded.
 * OTEL_NODE_ENABLED_INSTRUMENTATIONS=http,undici,pg,pino would start these four alone.
 */
export function instrumentations() {
  return getNodeAutoInstrumentations({
    '@opentelemetry/instrumentation-http': {
      ignoreIncomingRequestHook: ({ url = '' }) => untracedPaths.has(url.replace(/\?.*/, '')),
    },
    '@opentelemetry/instrumentation-pg': {
      requireParentSpan: true,
      requestHook: (span, { query }) => nameBySummary(span, query.text),
    },
    // One span for each system call or name look-up tells nothing about a request.
    '@opentelemetry/instrumentation-fs': { enabled: false },
    '@opentelemetry/instrumentation-net': { enabled: false },
    '@opentelemetry/instrumentation-dns': { enabled: false },
  });
}

/**
 * Waiting for a connection says little, and ignoreConnectSpans is no way to be rid of these spans: with it, a query that had to
 * wait runs in the trace of whoever gave the connection back.
 */
export function isConnectSpan({ name, instrumentationScope }: ReadableSpan): boolean {
  return instrumentationScope.name === '@opentelemetry/instrumentation-pg' && /^pg(-pool)?\.connect$/.test(name);
}

/** What a query does to which table, where its first words say it. */
const summaries = [
  /^(INSERT)\s+INTO\s+([\w."]+)/i,
  /^(UPDATE)\s+(?:ONLY\s+)?([\w."]+)/i,
  /^(DELETE)\s+FROM\s+(?:ONLY\s+)?([\w."]+)/i,
  /^(SELECT)\s[^()]*?\sFROM\s+([\w."]+)/is,
  /^(\w+)/,
];

/**
 * Names a query by what it does to which table, as `INSERT numbers`, or by its verb alone.
 * https://opentelemetry.io/docs/specs/semconv/database/database-spans/#name
 */
export function summarize(query: string): string {
  const words = query.replace(/\/\*[\s\S]*?\*\/|--.*$/gm, '').trim();
  for (const summary of summaries) {
    const [, verb, table] = summary.exec(words) ?? [];
    if (verb) return [verb.toUpperCase(), table].filter(Boolean).join(' ');
  }
  return 'query';
}

function nameBySummary(span: Span, query: string): void {
  const summary = summarize(query);
  span.setAttribute(ATTR_DB_QUERY_SUMMARY, summary);
  span.updateName(summary);
}
