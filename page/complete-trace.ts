// When is a trace complete? complete-trace.json lists the spans of a write, each the child of the one before; test.sh reads it too.
import definition from './complete-trace.json' with { type: 'json' };

export interface TraceSpan {
  spanId: string;
  parentSpanId?: string | null | undefined;
  service: string;
  kind: string;
  name: string;
}

export interface EndedSpan extends TraceSpan {
  isError: boolean;
  attributes: Record<string, unknown>;
}

/** The spans of a write, in the order of calls. */
export const { chain } = definition;
const { periodicEntry } = definition;
const entryService = periodicEntry.service;

/** The spans that each step of a write may be. */
const steps = chain.map((span, index) => (index === 0 ? [span, periodicEntry] : [span]));

/** Whether these are the spans of a number that was stored. A retried write has more than four: each still has its parent. */
export function isCompleteWrite(spans: TraceSpan[]): boolean {
  const entry = findEntry(spans);
  if (!entry || !isStep(entry, 0)) return false;
  let parents = [entry];
  for (let step = 1; step < steps.length; step += 1) {
    parents = parents.flatMap((parent) => childrenOf(parent, spans).filter((span) => isStep(span, step)));
  }
  return parents.length > 0;
}

/**
 * Whether no span of this trace is still to come, as far as its spans tell: it has its entry and no orphan, and each step of a write
 * that led to the next has it. Also true for a write that failed.
 */
export function isCompleteTrace(spans: EndedSpan[]): boolean {
  return findEntry(spans) !== undefined && spans.every((span) => !expectsNextStep(span) || hasNextStep(span, spans));
}

/** @returns the first span; undefined unless every other span has its parent. Its own parent may be in the service of a caller. */
function findEntry<Span extends TraceSpan>(spans: Span[]): Span | undefined {
  const ids = new Set(spans.map(({ spanId }) => spanId));
  const [entry, orphan] = spans.filter(({ parentSpanId }) => !parentSpanId || !ids.has(parentSpanId));
  if (!entry || orphan) return undefined;
  return !entry.parentSpanId || (entry.service === entryService && entry.kind !== 'CLIENT') ? entry : undefined;
}

/** A request that got a response has reached the next service; one that was handled without an error has called the next step. */
function expectsNextStep({ kind, isError, attributes }: EndedSpan): boolean {
  const statusCode = attributes['http.response.status_code'];
  return kind === 'CLIENT' ? statusCode !== undefined : !isError && Number(statusCode ?? 0) < 400;
}

/** @returns true where the span is no step of a write, or the last one */
function hasNextStep(span: TraceSpan, spans: TraceSpan[]): boolean {
  const step = steps.findIndex((_, index) => isStep(span, index));
  if (step === -1 || step === steps.length - 1) return true;
  return childrenOf(span, spans).some((child) => isStep(child, step + 1));
}

function childrenOf(parent: TraceSpan, spans: TraceSpan[]): TraceSpan[] {
  return spans.filter(({ parentSpanId }) => parentSpanId === parent.spanId);
}

function isStep({ service, kind, name }: TraceSpan, step: number): boolean {
  return (steps[step] ?? []).some((span) => span.service === service && span.kind === kind && span.name === name);
}
