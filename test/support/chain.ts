interface Span {
  spanId: string;
  parentSpanId: string | null;
  service: string;
  kind: string;
  name: string;
}

/** @returns the names of the spans of an unbranched trace, from the root to the leaf */
export function chain(spans: Span[]): string[] {
  const names: string[] = [];
  let parent: string | null = null;
  for (;;) {
    const span = spans.find(({ parentSpanId }) => parentSpanId === parent);
    if (!span) return names;
    names.push(`${span.service} ${span.kind} ${span.name}`);
    parent = span.spanId;
  }
}
