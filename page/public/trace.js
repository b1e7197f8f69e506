// A trace, read back until it is whole: its spans as a waterfall, and its log lines.

import { byId, duration, make, sentence, timeOf } from './dom.js';
import { fetchJson, Refusal } from './fetch-json.js';

/** @typedef {{ spanId: string, parentSpanId: string | null, service: string, name: string, kind: string, startMs: number, durationMs: number, isError: boolean }} Span */
/** @typedef {{ time: string, service: string, level: string, message: string }} LogLine */

const patienceMs = 10_000;
/** Where something has failed there may be further tries, of which the other service tells a moment later. */
const settleMs = 3_000;

/** Counts the traces that were wanted: whoever reads an earlier one gives up. */
let turn = 0;

/** What of the trace could not be read, or not all of it. */
const lacking = new Set();

/** Whether there may be more to show of it once a part that was down is back. */
export function isLacking() {
  return lacking.size > 0;
}

/**
 * @param {string | null} traceId null where there is none
 * @param {boolean} hasFailed whether it is that of a write that failed
 * @returns {Promise<string>} what has come, in words; empty where nothing has, or another trace is wanted by now
 */
export async function showTrace(traceId, hasFailed) {
  turn += 1;
  lacking.clear();
  for (const what of ['spans', 'logs']) {
    byId(what).replaceChildren();
    byId(`${what}-note`).textContent = traceId ? 'On the way …' : 'None: it was written without a trace.';
  }
  if (!traceId) return '';

  let requests = 0; // each leaves one line in the log
  let areSpansRead = false;
  const spans = follow(`/trace/${traceId}`, 'spans', drawSpans, (found, unchangedMs) => {
    requests = isWhole(found, hasFailed) ? found.filter(({ kind }) => kind !== 'CLIENT').length : 0;
    return requests > 0 && (unchangedMs > settleMs || !found.some(({ isError }) => isError));
  }).finally(() => {
    requests ||= hasFailed ? 1 : 2;
    areSpansRead = true;
  });
  const logs = follow(`/trace/${traceId}/logs`, 'logs', drawLogs, (found) => areSpansRead && found.length >= requests);
  return (await Promise.all([spans, logs])).filter(Boolean).join(', ');
}

/**
 * Asks again until all is there. What has not begun to come is waited for by the frontend.
 *
 * @template Entry
 * @param {string} path
 * @param {'spans' | 'logs'} what
 * @param {(entries: Entry[]) => string} draw
 * @param {(entries: Entry[], unchangedMs: number) => boolean} isAll
 */
async function follow(path, what, draw, isAll) {
  const mine = turn;
  const note = byId(`${what}-note`);
  const deadline = Date.now() + patienceMs;
  /** @type {Entry[]} */
  let found = [];
  let foundAt = 0;
  let said = '';
  for (let pauseMs = 200; ; pauseMs = Math.min(2 * pauseMs, 1_000)) {
    try {
      /** @type {Entry[]} */
      const entries = await fetchJson(`${path}?waitMs=5000`);
      if (mine !== turn) return '';
      if (entries.length !== found.length) {
        foundAt = Date.now();
        said = draw(entries);
      }
      found = entries;
      note.textContent = `${said} so far …`;
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      if (mine !== turn) return '';
      if (error.status !== 404) {
        note.textContent = sentence(error.message);
        lacking.add(what);
        return said;
      }
    }
    const isLate = Date.now() > deadline;
    if (isAll(found, isLate ? Infinity : Date.now() - foundAt)) {
      note.textContent = '';
      return said;
    }
    if (isLate) {
      const lost = `within ${patienceMs / 1000} s:`;
      note.textContent = said ? `Not all ${lost} the rest may be lost.` : `None ${lost} lost, or the caller asked for no trace.`;
      lacking.add(what);
      return said;
    }
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
    if (mine !== turn) return '';
  }
}

/** Also where a caller has begun the trace, whose spans are not here. @param {Span} span */
function isRoot({ parentSpanId, service, kind }) {
  return !parentSpanId || (service === 'frontend' && kind !== 'CLIENT');
}

/** A write that was tried again has more than four spans. @param {Span[]} spans @param {boolean} hasFailed */
function isWhole(spans, hasFailed) {
  const ids = new Set(spans.map(({ spanId }) => spanId));
  return (
    spans.some(isRoot) &&
    spans.every((span) => isRoot(span) || ids.has(span.parentSpanId ?? '')) &&
    (hasFailed || spans.some(({ name }) => name === 'INSERT numbers'))
  );
}

/** @param {Span[]} spans */
function drawSpans(spans) {
  const ids = new Set(spans.map(({ spanId }) => spanId));
  const roots = spans.filter(isRoot);
  const outer = roots.length > 0 ? roots : spans;
  const startMs = Math.min(...outer.map((span) => span.startMs));
  const endMs = Math.max(...outer.map((span) => span.startMs + span.durationMs));
  const totalMs = endMs - startMs || 1;

  /**
   * Each after its parent, and no bar beyond that of its parent: starts are whole milliseconds, so that a child may seem to outlive it.
   *
   * @type {(parent: string | null, depth: number, fromMs: number, toMs: number) => Node[]}
   */
  const drawBelow = (parent, depth, fromMs, toMs) =>
    spans
      .filter(({ parentSpanId }) => (parentSpanId && ids.has(parentSpanId) ? parentSpanId : null) === parent)
      .flatMap((span) => {
        const begin = Math.min(Math.max(span.startMs, fromMs), toMs);
        const end = Math.min(Math.max(span.startMs + span.durationMs, begin), toMs);
        const item = drawSpan(span, depth, (begin - startMs) / totalMs, (end - begin) / totalMs);
        return [item, ...drawBelow(span.spanId, depth + 1, begin, end)];
      });
  byId('spans').replaceChildren(...drawBelow(null, 0, startMs, endMs));
  return `${count(spans, 'span')} in ${duration(endMs - startMs)}`;
}

/** @param {Span} span @param {number} depth @param {number} start as a share of the whole @param {number} length likewise */
function drawSpan(span, depth, start, length) {
  const kind = make('i', undefined, `, ${span.kind.toLowerCase()}`);
  const what = make('span', 'what', make('span', 'name', span.name), ' ', make('span', 'where', span.service, kind));
  const bar = make('span', `bar ${span.service}`);
  const track = make('span', 'track', bar);
  track.ariaHidden = 'true';
  what.style.setProperty('--depth', String(depth));
  bar.style.setProperty('--start', String(start));
  bar.style.setProperty('--length', String(length));
  const time = make('span', 'time', span.isError ? `failed, ${duration(span.durationMs)}` : duration(span.durationMs));
  return make('li', span.isError ? 'bad' : undefined, what, track, time);
}

/** @param {LogLine[]} lines */
function drawLogs(lines) {
  byId('logs').replaceChildren(
    ...lines.map(({ time, service, level, message }) =>
      make(
        'li',
        undefined,
        timeOf(time, true),
        make('span', service, service),
        make('span', /error|fatal/i.test(level) ? 'bad' : undefined, message),
      ),
    ),
  );
  return count(lines, 'log line');
}

/** @param {unknown[]} things @param {string} name of one */
function count({ length }, name) {
  return `${length} ${name}${length === 1 ? '' : 's'}`;
}
