// The front page: writes a number when asked, and shows what came of it.

import { byId } from './dom.js';
import { fetchJson, Refusal } from './fetch-json.js';
import { readLatest, showRow } from './number-table.js';
import { checkStatus } from './status.js';
import { isLacking, showTrace } from './trace.js';
import { whileVisible } from './visible.js';

/** @typedef {import('./number-table.js').Row} Row */

const button = byId('write');
const said = byId('said');

/** Reads the trace that is shown again; undefined while nothing is shown. */
let showAgain = /** @type {(() => void) | undefined} */ (undefined);
/** Whether what has been read may be old: the page has not been looked at. */
let isOld = true;

const look = whileVisible(async () => {
  const isNew = await checkStatus();
  if (!isNew && !isOld) return;
  isOld = false;
  const [newest] = await readLatest();
  if (!showAgain && newest) show(newest, `Row ${newest.id}`);
  else if (isNew && isLacking()) showAgain?.();
}, 2_000);

document.addEventListener('visibilitychange', () => {
  if (!document.hidden) isOld = true;
});

byId('read').addEventListener('click', readLatest);

button.addEventListener('click', async () => {
  if (button.ariaDisabled === 'true') return;
  button.ariaDisabled = 'true';
  said.textContent = 'Writing …';
  try {
    const row = await fetchJson('/write', { method: 'POST' });
    said.textContent = `Wrote ${row.value} as row ${row.id}.`;
    show(row, 'Your write').then((trace) => {
      if (trace) said.textContent = `Wrote ${row.value} as row ${row.id}: ${trace}.`;
    });
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    showFailure(error);
    look();
  } finally {
    button.ariaDisabled = 'false';
  }
  readLatest();
});

/** @param {Refusal} refusal where nobody answered in time, the row may be there all the same */
function showFailure({ status, message, traceId }) {
  const isUnanswered = status === 0 || status === 504;
  said.textContent = isUnanswered ? 'No answer: it may have been written.' : `Not written: ${message}.`;
  show({ traceId }, isUnanswered ? 'Your write, without an answer' : 'Your write, which failed', true);
  if (traceId) return;
  byId('shown').hidden = true;
  showAgain = undefined;
}

/** @param {Partial<Row> & Pick<Row, 'traceId'>} row as far as it is known @param {string} title */
function show(row, title, hasFailed = false) {
  showAgain = () => showTrace(row.traceId, hasFailed);
  showRow(row, title);
  return showTrace(row.traceId, hasFailed);
}
