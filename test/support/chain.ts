interface Span {
  spanId: string;
  parentSpanId: string | null;
  service: string;
  kind: string;
  name: string;
}

/** The spans of a trace that never forks, from the first to the last: each is the child of the one before. */
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
