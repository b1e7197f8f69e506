// A trace, read back until it is whole: its spans as a waterfall, and its log lines.
import { ask, Refusal } from './ask.js';
import { byId, duration, make, timeOf } from './dom.js';

/** @typedef {{ spanId: string, parentSpanId: string | null, service: string, name: string, kind: string, startMs: number, durationMs: number, isError: boolean }} Span */
/** @typedef {{ time: string, service: string, level: string, message: string }} LogLine */

/** What a write leaves: see the README. */
const expected = { spans: 4, logs: 2 };
const patienceMs = 10_000;

/** The trace that is wanted last: whoever reads another one gives up. */
let wanted = '';

/** @param {string} traceId */
export function isWhole(traceId) {
  return wanted === traceId && missing.size === 0;
}

/** What of the wanted trace has not come, or not all of it. */
const missing = new Set();

/**
 * @param {string} traceId
 * @returns {Promise<string>} what has come, in words; empty where nothing has, or another trace is wanted by now
 */
export async function showTrace(traceId) {
  wanted = traceId;
  missing.add('spans').add('logs');
  byId('spans').replaceChildren();
  byId('logs').replaceChildren();
  const [spans, logs] = await Promise.all([follow(traceId, '', 'spans', drawSpans), follow(traceId, '/logs', 'logs', drawLogs)]);
  if (wanted !== traceId) return '';
  return [spans, logs].filter(Boolean).join(', ');
}

/**
 * Asks again until all is there. What has not begun to come is waited for by the frontend.
 *
 * @template Entry
 * @param {string} traceId
 * @param {string} path
 * @param {'spans' | 'logs'} what
 * @param {(entries: Entry[]) => string} draw
 */
async function follow(traceId, path, what, draw) {
  const note = byId(`${what}-note`);
  const deadline = Date.now() + patienceMs;
  let found = 0;
  let said = '';
  note.textContent = 'On the way …';
  while (wanted === traceId) {
    try {
      /** @type {Entry[]} */
      const entries = await ask(`/trace/${traceId}${path}?waitMs=5000`);
      if (wanted !== traceId) return '';
      if (entries.length !== found) said = draw(entries);
      found = entries.length;
      if (found >= expected[what]) {
        note.textContent = '';
        missing.delete(what);
        return said;
      }
      note.textContent = `${said} so far …`;
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      if (wanted !== traceId) return '';
      if (error.status !== 404) {
        note.textContent = `${error.message[0]?.toUpperCase()}${error.message.slice(1)}.`;
        return '';
      }
    }
    if (Date.now() > deadline) {
      note.textContent = `${found} of ${expected[what]} within ${patienceMs / 1000} s: the rest may be lost.`;
      return said;
    }
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
  return '';
}

/** @param {Span[]} spans */
function drawSpans(spans) {
  const endMs = Math.max(...spans.map(({ startMs, durationMs }) => startMs + durationMs));
  byId('spans').replaceChildren(...inTree(spans).map(({ span, depth }) => drawSpan(span, depth, endMs)));
  return `${spans.length} spans in ${duration(endMs)}`;
}

/** @param {Span} span @param {number} depth @param {number} endMs */
function drawSpan(span, depth, endMs) {
  const what = make(
    'span',
    'what',
    span.name,
    make('span', 'where', span.service, make('i', undefined, `, ${span.kind.toLowerCase()}`)),
  );
  const bar = make('span', `bar ${span.service}`);
  const track = make('span', 'track', bar);
  track.ariaHidden = 'true';
  what.style.setProperty('--depth', String(depth));
  bar.style.setProperty('--start', String(span.startMs / endMs));
  bar.style.setProperty('--length', String(span.durationMs / endMs));
  const time = make('span', 'time', span.isError ? `failed, ${duration(span.durationMs)}` : duration(span.durationMs));
  return make('li', span.isError ? 'bad' : undefined, what, track, time);
}

/** @param {Span[]} spans @returns each after its parent */
function inTree(spans) {
  const ids = new Set(spans.map(({ spanId }) => spanId));
  /** @type {(parent: string | null, depth: number) => { span: Span, depth: number }[]} */
  const below = (parent, depth) =>
    spans
      .filter(({ parentSpanId }) => (parentSpanId && ids.has(parentSpanId) ? parentSpanId : null) === parent)
      .flatMap((span) => [{ span, depth }, ...below(span.spanId, depth + 1)]);
  return below(null, 0);
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
  return `${lines.length} log lines`;
}
