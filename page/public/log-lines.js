// Log lines: those of a trace, and those of one span in its details.

import { byId, create, createServiceLabel } from './dom.js';
import { createTime, formatCount, formatValue } from './format.js';

/** @typedef {import('../stores/stores.ts').LogLine} LogLine */

/** @param {LogLine[]} lines @returns {string} a summary */
export function drawLogLines(lines) {
  byId('logs').replaceChildren(...lines.map((line) => create('li', undefined, ...createCells(line))));
  for (const details of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll('#spans details'))) {
    const own = lines.filter(({ spanId }) => spanId === details.dataset.spanId);
    const list = /** @type {HTMLElement} */ (details.querySelector('.logs'));
    list.replaceChildren(...own.map((line) => create('li', undefined, ...createCells(line), createFields(line))));
    /** @type {HTMLElement} */ (list.parentElement).hidden = own.length === 0;
  }
  return formatCount(lines.length, 'log line');
}

/** @param {LogLine} line */
function createCells({ time, service, level, message }) {
  const isBad = /error|fatal/i.test(level);
  return [createTime(time, true), createServiceLabel(service), create('span', isBad ? 'bad' : undefined, message)];
}

/** @param {LogLine} line */
function createFields({ level, attributes }) {
  const fields = Object.entries({ level, ...attributes }).map(([name, value]) => `${name}=${formatValue(value)}`);
  return create('span', 'fields', fields.join(' '));
}
