// The row that is shown, and its trace: spans and log lines, read until all have arrived.

import { byId } from './dom.js';
import { createTime, toSentence } from './format.js';
import { fetchJson, HttpError } from './http.js';
import { drawLogLines } from './log-lines.js';
import { createTraceLink } from './trace-link.js';
import { drawSpans } from './waterfall.js';

/** @typedef {import('./latest-numbers.js').NumberRow} NumberRow */
/** @typedef {import('./waterfall.js').Span} Span */
/** @typedef {import('./log-lines.js').LogLine} LogLine */

const timeoutMs = 10_000;

/** What is shown; undefined while nothing is. */
let shown = /** @type {{ traceId: string | null, isIncomplete: boolean } | undefined} */ (undefined);

/**
 * @param {Partial<NumberRow> & Pick<NumberRow, 'traceId'>} row without the fields that are not known
 * @param {string} title
 * @returns {Promise<string | undefined>} a summary, empty if nothing has arrived; undefined if another trace is shown by then
 */
export function showTrace({ id, value, createdAt, traceId }, title) {
  byId('trace').hidden = false;
  byId('trace-title').textContent = title;
  setField('row-value', value?.toString());
  setField('row-id', id?.toString());
  setField('row-time', createdAt && createTime(createdAt, true));
  setField('row-trace', createTraceLink(traceId));
  return readTrace(traceId);
}

export function hideTrace() {
  byId('trace').hidden = true;
  shown = undefined;
}

/** Reads the trace that is shown once more, if it is incomplete. */
export async function retryTrace() {
  if (shown?.isIncomplete) await readTrace(shown.traceId);
}

/** @param {string} id @param {Node | string | undefined} content */
function setField(id, content) {
  const field = byId(id);
  field.replaceChildren(content ?? '');
  if (field.parentElement) field.parentElement.hidden = content === undefined;
}

/** @param {string | null} traceId */
async function readTrace(traceId) {
  const current = { traceId, isIncomplete: false };
  shown = current;
  byId('spans').replaceChildren();
  byId('logs').replaceChildren();
  const [spansNote, logsNote] = [byId('spans-note'), byId('logs-note')];
  spansNote.textContent = traceId ? 'Waiting for spans …' : 'None: it was written without a trace.';
  logsNote.textContent = traceId ? 'Waiting for log lines …' : spansNote.textContent;
  if (!traceId) return '';

  /** @type {LogLine[]} */
  let lines = [];
  const spansRead = poll(
    current,
    spansNote,
    'spans',
    `/trace/${traceId}`,
    (/** @type {Span[]} */ spans) => {
      const summary = drawSpans(spans);
      drawLogLines(lines);
      return summary;
    },
    (_spans, headers) => headers.get('trace-complete') === 'true',
  );
  const logsRead = poll(
    current,
    logsNote,
    'log lines',
    `/trace/${traceId}/logs`,
    (/** @type {LogLine[]} */ found) => {
      lines = found;
      return drawLogLines(found);
    },
    async (found) => hasAllLines(found, (await spansRead).entries),
  );
  const [spans, logs] = await Promise.all([spansRead, logsRead]);
  return shown === current ? [spans.summary, logs.summary].filter(Boolean).join(', ') : undefined;
}

/** Each request is one log line of its service, and so is each periodic write. @param {LogLine[]} lines @param {Span[]} spans */
function hasAllLines(lines, spans) {
  if (spans.length === 0) return lines.length > 1; // they cannot be read
  const logged = spans.filter(({ kind, isError }) => kind === 'SERVER' || (kind === 'INTERNAL' && !isError));
  return logged.every((span) => lines.some(({ spanId }) => spanId === span.spanId));
}

/**
 * Reads and draws entries until all have arrived. The frontend waits for them, too.
 *
 * @template Entry
 * @param {{ isIncomplete: boolean }} current what is shown meanwhile
 * @param {HTMLElement} note
 * @param {string} noun
 * @param {string} path
 * @param {(entries: Entry[]) => string} draw returns a summary
 * @param {(entries: Entry[], headers: Headers) => boolean | Promise<boolean>} isComplete
 * @returns {Promise<{ entries: Entry[], summary: string }>}
 */
async function poll(current, note, noun, path, draw, isComplete) {
  const deadline = Date.now() + timeoutMs;
  let result = { entries: /** @type {Entry[]} */ ([]), summary: '' };
  for (let pauseMs = 100; ; pauseMs = Math.min(2 * pauseMs, 1_000)) {
    try {
      const { body, headers } = await fetchJson(`${path}?waitMs=5000`);
      if (shown !== current) return result;
      if (body.length !== result.entries.length) result = { entries: body, summary: draw(body) };
      note.textContent = `${result.summary} so far …`;
      const isDone = await isComplete(body, headers);
      if (shown !== current) return result;
      if (isDone) {
        note.textContent = '';
        return result;
      }
    } catch (error) {
      if (!(error instanceof HttpError)) throw error;
      if (shown !== current) return result;
      if (error.status !== 404) {
        note.textContent = toSentence(error.message);
        current.isIncomplete = true;
        return result;
      }
    }
    if (Date.now() > deadline) {
      const missing = result.summary ? 'Incomplete: the other' : 'None: the';
      note.textContent = `${missing} ${noun} did not arrive within ${timeoutMs / 1000} s. They were not sampled, have expired or are lost.`;
      current.isIncomplete = true;
      return result;
    }
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}
