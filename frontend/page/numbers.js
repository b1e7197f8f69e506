// Rows of PostgreSQL: the one that is shown, and the latest.
import { ask } from './ask.js';
import { byId, make, timeOf, traceOf } from './dom.js';

/** @typedef {{ id: number, value: number, createdAt: string, traceId: string | null }} Row */

const kept = 10;

/** @param {Row} row @param {string} title */
export function showRow(row, title) {
  byId('shown').hidden = false;
  byId('shown-title').textContent = title;
  byId('row-value').textContent = String(row.value);
  byId('row-id').textContent = String(row.id);
  byId('row-time').replaceChildren(timeOf(row.createdAt, true));
  byId('row-trace').replaceChildren(traceOf(row.traceId));
}

/** @returns {Promise<Row[]>} newest first; what was shown stays where they cannot be read */
export async function readLatest() {
  try {
    const rows = await ask(`/read?limit=${kept}`);
    byId('latest').replaceChildren(...rows.map(line));
    byId('latest-note').textContent = rows.length > 0 ? '' : 'There is none yet.';
    return rows;
  } catch (error) {
    byId('latest-note').textContent = `Cannot be read: ${/** @type {Error} */ (error).message}.`;
    return [];
  }
}

/** @param {Row} row that has just been written */
export function addLatest(row) {
  const latest = byId('latest');
  byId('latest-note').textContent = '';
  latest.prepend(line(row));
  while (latest.childElementCount > kept) latest.lastElementChild?.remove();
}

/** @param {Row} row */
function line(row) {
  const cells = [String(row.id), String(row.value), timeOf(row.createdAt, false), traceOf(row.traceId)];
  return make('tr', undefined, ...cells.map((cell) => make('td', undefined, cell)));
}
