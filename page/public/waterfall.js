// The spans of a trace, each below its parent, with a bar for its time. A span opens to its attributes, SQL and log lines.

import { byId, create, createServiceLabel } from './dom.js';
import { formatCount, formatDuration, formatValue } from './format.js';

/** @typedef {import('../stores/stores.ts').Span} Span */

/** @param {Span[]} spans @returns {string} a summary */
export function drawSpans(spans) {
  const ids = new Set(spans.map(({ spanId }) => spanId));
  const isRoot = /** @param {Span} span */ ({ parentSpanId }) => !parentSpanId || !ids.has(parentSpanId);
  const roots = spans.filter(isRoot);
  const startMs = Math.min(...roots.map((span) => span.startMs));
  const endMs = Math.max(...roots.map((span) => span.startMs + span.durationMs));
  const totalMs = endMs - startMs || 1;
  const open = new Set(
    [...document.querySelectorAll('#spans details[open]')].map((details) => details.getAttribute('data-span-id')),
  );

  /**
   * Each after its parent. The clocks of two processes differ by a fraction of a millisecond: a bar never exceeds its parent's.
   *
   * @type {(siblings: Span[], depth: number, fromMs: number, toMs: number) => Node[]}
   */
  const draw = (siblings, depth, fromMs, toMs) =>
    siblings.flatMap((span) => {
      const begin = Math.min(Math.max(span.startMs, fromMs), toMs);
      const end = Math.min(Math.max(span.startMs + span.durationMs, begin), toMs);
      const details = createSpan(span, { depth, start: (begin - startMs) / totalMs, length: (end - begin) / totalMs });
      details.open = open.has(span.spanId);
      const children = spans.filter(({ parentSpanId }) => parentSpanId === span.spanId);
      return [create('li', undefined, details), ...draw(children, depth + 1, begin, end)];
    });
  byId('spans').replaceChildren(...draw(roots, 0, startMs, endMs));
  return `${formatCount(spans.length, 'span')} in ${formatDuration(endMs - startMs)}`;
}

/** @param {Span} span @param {{ depth: number, start: number, length: number }} layout start and length as a fraction of the trace */
function createSpan(span, { depth, start, length }) {
  const label = create('span', 'label', createServiceLabel(span.service), create('span', 'kind', `, ${span.kind.toLowerCase()}`));
  const title = create('span', 'title', create('span', 'name', span.name), ' ', label);
  title.style.setProperty('--depth', String(depth));
  const bar = create('span', `bar ${span.service}`);
  bar.style.setProperty('--start', String(start));
  bar.style.setProperty('--length', String(length));
  const track = create('span', 'track', bar);
  track.ariaHidden = 'true';
  const duration = formatDuration(span.durationMs);
  const time = create('span', 'time', span.isError ? `failed, ${duration}` : duration);
  const summary = create('summary', undefined, title, track, time);
  const details = /** @type {HTMLDetailsElement} */ (
    create('details', span.isError ? 'bad' : undefined, summary, createDetails(span))
  );
  details.dataset.spanId = span.spanId;
  return details;
}

/** @param {Span} span */
function createDetails({ startMs, spanId, attributes }) {
  const { 'db.query.text': sql, ...others } = attributes;
  const entries = Object.entries({ 'span id': spanId, start: `+${formatDuration(Math.max(0, startMs))}`, ...others });
  const list = create(
    'dl',
    'attributes',
    ...entries.flatMap(([name, value]) => [create('dt', undefined, name), create('dd', undefined, formatValue(value))]),
  );
  const logs = create('div', undefined, create('h4', undefined, 'Log lines'), create('ol', 'logs'));
  logs.hidden = true;
  const statement = sql === undefined ? [] : [create('h4', undefined, 'SQL'), create('pre', undefined, formatValue(sql))];
  return create('div', 'details', create('h4', undefined, 'Attributes'), list, ...statement, logs);
}
