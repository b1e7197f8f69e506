interface Span {
  spanId: string;
  parentSpanId?: string | null | undefined;
  name: string;
}

/** The four spans of a write, each the child of the one before. It may have been tried again: then there are more, none of which hangs in the air. */
export function isWhole(spans: Span[]): boolean {
  const ids = new Set(spans.map(({ spanId }) => spanId));
  if (spans.some(({ parentSpanId }) => parentSpanId && !ids.has(parentSpanId))) return false;
  const childrenOf = (parents: Span[], name: string) =>
    spans.filter((span) => span.name === name && parents.some(({ spanId }) => spanId === span.parentSpanId));
  const first = spans.filter(({ name, parentSpanId }) => name === 'POST /write' && !parentSpanId);
  return ['POST', 'POST /numbers', 'INSERT numbers'].reduce(childrenOf, first).length > 0;
}
