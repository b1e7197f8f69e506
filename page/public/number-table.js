// Rows of PostgreSQL: the one that is shown, and the latest.

import { byId, make, timeOf, traceOf } from './dom.js';
import { fetchJson } from './fetch-json.js';

/** @typedef {{ id: number, value: number, createdAt: string, traceId: string | null }} Row */

/** Counts the questions for the latest: an earlier answer does not replace a later one. */
let turn = 0;

/** @param {Partial<Row>} row of which is shown what is known @param {string} title */
export function showRow({ id, value, createdAt, traceId }, title) {
  byId('shown').hidden = false;
  byId('shown-title').textContent = title;
  fill('row-value', value?.toString());
  fill('row-id', id?.toString());
  fill('row-time', createdAt && timeOf(createdAt, true));
  fill('row-trace', traceOf(traceId ?? null));
}

/** @param {string} id @param {Node | string | undefined} content */
function fill(id, content) {
  const place = byId(id);
  place.replaceChildren(content ?? '');
  if (place.parentElement) place.parentElement.hidden = content === undefined;
}

/** @returns {Promise<Row[]>} newest first; what was shown stays where they cannot be read */
export async function readLatest() {
  turn += 1;
  const mine = turn;
  const note = byId('latest-note');
  try {
    /** @type {Row[]} */
    const rows = await fetchJson('/read?limit=10');
    if (mine !== turn) return rows;
    byId('latest').replaceChildren(...rows.map(line));
    note.textContent = rows.length > 0 ? '' : 'There is none yet.';
    return rows;
  } catch (error) {
    if (mine === turn) note.textContent = `Cannot be read: ${/** @type {Error} */ (error).message}.`;
    return [];
  }
}

/** @param {Row} row */
function line(row) {
  const cells = [String(row.id), String(row.value), timeOf(row.createdAt, false), traceOf(row.traceId)];
  return make('tr', undefined, ...cells.map((cell) => make('td', undefined, cell)));
}
