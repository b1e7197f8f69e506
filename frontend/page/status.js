// What is up, and, in words, what is down.
import { ask } from './ask.js';
import { byId, make, setTraceLink } from './dom.js';

/** @typedef {{ name: string, state: 'up' | 'down' | 'unknown', message: string | null }} Part */

let shown = '';

/** @returns {Promise<boolean>} whether something has come or gone since it was last asked */
export async function checkStatus() {
  /** @type {Part[]} */
  let parts = [{ name: 'frontend', state: 'up', message: null }];
  try {
    const status = await ask('/status');
    parts.push(...status.parts);
    setTraceLink(status.traceLink);
  } catch {
    parts = [{ name: 'frontend', state: 'down', message: 'Nothing can be shown until it is back: make up starts it.' }];
  }
  const seen = JSON.stringify(parts);
  if (seen === shown) return false;
  shown = seen;
  byId('parts').replaceChildren(
    ...parts.map(({ name, state }) => make('li', state, name, state === 'up' ? hidden(' is up') : ` is ${state}`)),
  );
  const down = parts.filter(({ state }) => state === 'down');
  byId('problems').replaceChildren(
    ...down.map(({ name, message }) =>
      make('p', undefined, make('b', undefined, `The ${name} is down. `.replace(/^The (?=[A-Z])/, '')), message ?? ''),
    ),
  );
  return true;
}

/** @param {string} text for screen readers */
function hidden(text) {
  return make('span', 'unseen', text);
}
