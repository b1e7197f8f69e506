// The latest rows of PostgreSQL, updated while the page is visible.

import { byId, create } from './dom.js';
import { createTime } from './format.js';
import { fetchJson, unsampledTraceparent } from './http.js';
import { createTraceLink } from './trace-link.js';
import { whileVisible } from './visibility.js';

/** @typedef {import('../../service/number-row.ts').NumberRow} NumberRow */

const limit = 10;
const intervalMs = 5_000;

const table = byId('latest');
const note = byId('latest-note');
const pause = byId('pause');
let isPaused = false;

/**
 * @param {(row: NumberRow) => void} openTrace
 * @param {(newest: NumberRow) => void} onUpdate
 * @returns {() => void} updates the table now
 */
export function startLatestNumbers(openTrace, onUpdate) {
  const update = whileVisible(async () => {
    if (!isPaused) await updateTable(openTrace, onUpdate);
  }, intervalMs);
  pause.addEventListener('click', () => {
    isPaused = !isPaused;
    pause.textContent = isPaused ? 'Resume' : 'Pause';
    note.textContent = isPaused ? 'Paused.' : '';
    update();
  });
  return update;
}

/** @param {(row: NumberRow) => void} openTrace @param {(newest: NumberRow) => void} onUpdate */
async function updateTable(openTrace, onUpdate) {
  try {
    /** @type {{ body: NumberRow[] }} */
    const { body: rows } = await fetchJson(`/read?limit=${limit}`, { headers: { traceparent: unsampledTraceparent() } });
    const [newest] = rows;
    note.textContent = newest ? '' : 'No numbers yet.';
    addRows(rows, openTrace);
    if (newest) onUpdate(newest);
  } catch (error) {
    note.textContent = `Cannot read the numbers: ${/** @type {Error} */ (error).message}.`;
  }
}

/** Adds what is new and removes the oldest. Other rows stay, and with them the focus. @param {NumberRow[]} rows newest first @param {(row: NumberRow) => void} openTrace */
function addRows(rows, openTrace) {
  const isFirst = table.childElementCount === 0;
  const shown = new Set([...table.children].map((row) => row.id));
  const created = rows.filter(({ id }) => !shown.has(`row-${id}`)).map((row) => createRow(row, openTrace));
  if (!isFirst) for (const row of created) row.classList.add('new');
  table.prepend(...created);
  for (const row of [...table.children].slice(limit)) if (!row.contains(document.activeElement)) row.remove();
}

/** @param {NumberRow} row @param {(row: NumberRow) => void} openTrace */
function createRow(row, openTrace) {
  const { id, value, createdAt, traceId } = row;
  const button = create('button', 'small', 'Open trace', create('span', 'unseen', ` of row ${id}`));
  button.addEventListener('click', () => openTrace(row));
  const cells = [String(id), String(value), createTime(createdAt, false), createTraceLink(traceId), traceId ? button : ''];
  const element = create('tr', undefined, ...cells.map((cell) => create('td', undefined, cell)));
  element.id = `row-${id}`;
  return element;
}
