// The front page: writes a number when asked, and shows what came of it.
import { ask, Refusal } from './ask.js';
import { byId } from './dom.js';
import { addLatest, readLatest, showRow } from './numbers.js';
import { checkStatus } from './status.js';
import { isWhole, showTrace } from './trace.js';
import { whileVisible } from './visible.js';

const button = byId('write');
const said = byId('said');

/** @type {import('./numbers.js').Row | undefined} */
let shown;
/** Whether what has been read may be old: the page has not been looked at. */
let isOld = true;

const look = whileVisible(async () => {
  const isNew = await checkStatus();
  if (!isNew && !isOld) return;
  isOld = false;
  const [newest] = await readLatest();
  if (!shown && newest) show(newest, 'The latest write');
  else if (isNew && shown?.traceId && !isWhole(shown.traceId)) showTrace(shown.traceId);
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
    const row = await ask('/write', { method: 'POST' });
    addLatest(row);
    said.textContent = `Wrote ${row.value} as row ${row.id}.`;
    show(row, 'Your write').then((trace) => {
      if (trace) said.textContent = `Wrote ${row.value} as row ${row.id}: ${trace}.`;
    });
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    said.textContent = `Not written: ${error.message}.`;
    look();
  } finally {
    button.ariaDisabled = 'false';
  }
});

/** @param {import('./numbers.js').Row} row @param {string} title */
async function show(row, title) {
  shown = row;
  showRow(row, title);
  return row.traceId ? showTrace(row.traceId) : '';
}
