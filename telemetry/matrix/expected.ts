// The one trace that every service of the matrix produces, and how it is compared.
import type { LogRecord, Span } from '../test/support/otlp-receiver.ts';

const post = 'remote > SERVER POST /orders';
const get = `${post} > CLIENT GET > SERVER GET /orders/:id`;

const expected = [
  post,
  `${post} > CLIENT INSERT orders`,
  `${post} > CLIENT GET`,
  get,
  ...[post, get].flatMap((span) => [`incoming request @ ${span}`, `request completed @ ${span}`]),
  `order received @ ${post}`,
  `order read @ ${get}`,
];

/**
 * @param spans of one trace
 * @param records with the id of that trace
 * @returns what is missing and what is too much; nothing for a complete trace
 */
export function differences(spans: Span[], records: LogRecord[]): string[] {
  const byId = new Map(spans.map((span) => [span.spanId, span]));
  const pathOf = (id: string | undefined): string => {
    const span = byId.get(id ?? '');
    if (!span) return 'remote';
    // such as NestJS' controllers
    if (span.kind === 'INTERNAL') return pathOf(span.parentSpanId);
    return `${pathOf(span.parentSpanId)} > ${span.kind} ${span.name}`;
  };
  const received = [
    ...spans.filter(({ kind }) => kind !== 'INTERNAL').map(({ spanId }) => pathOf(spanId)),
    ...records.map(({ body, spanId }) => `${body} @ ${pathOf(spanId)}`),
  ];
  return [
    ...without(expected, received).map((line) => `missing: ${line}`),
    ...without(received, expected).map((line) => `unexpected: ${line}`),
  ];
}

/** Each line once for each time that it occurs. */
function without(lines: string[], removed: string[]): string[] {
  const rest = [...removed];
  return lines.filter((line) => {
    const at = rest.indexOf(line);
    if (at >= 0) rest.splice(at, 1);
    return at < 0;
  });
}
