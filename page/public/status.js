// What is up, and, in words, what is down.

import { byId, make, sentence, setTraceLink } from './dom.js';
import { fetchJson } from './fetch-json.js';

/** @typedef {{ name: string, state: 'up' | 'down' | 'busy' | 'failing' | 'unknown', message: string | null }} Part */

let shown = '';

/** @returns {Promise<boolean>} whether something has come or gone since it was last asked */
export async function checkStatus() {
  /** @type {Part[]} */
  let parts = [{ name: 'frontend', state: 'up', message: null }];
  try {
    const status = await fetchJson('/status');
    parts.push(...status.components);
    setTraceLink(status.traceLink);
    showLinks(status.links);
  } catch (error) {
    parts = [{ name: 'frontend', ...whyNot(/** @type {import('./fetch-json.js').Refusal} */ (error)) }];
  }
  const seen = JSON.stringify(parts);
  if (seen === shown) return false;
  shown = seen;
  byId('parts').replaceChildren(...parts.map(({ name, state }) => make('li', state, name, inWords(state))));
  const bad = parts.filter(({ state }) => state !== 'up' && state !== 'unknown');
  byId('problems').replaceChildren(
    ...bad.map(({ name, state, message }) =>
      make('p', undefined, make('b', undefined, `The ${name} is ${state}. `.replace(/^The (?=[A-Z])/, '')), message ?? ''),
    ),
  );
  return true;
}

/**
 * @param {import('./fetch-json.js').Refusal} refusal
 * @returns {Pick<Part, 'state' | 'message'>}
 */
function whyNot({ status, message }) {
  if (status === 0) return { state: 'down', message: 'Nothing can be shown until it is back: make up starts it.' };
  return { state: status === 503 ? 'busy' : 'failing', message: sentence(message.replace(/^busy: /, '')) };
}

/** @param {Part['state']} state */
function inWords(state) {
  if (state === 'up') return make('span', 'unseen', ' is up'); // for screen readers
  return state === 'unknown' ? ': not known' : ` is ${state}`;
}

/** @param {{ name: string, url: string }[]} links */
function showLinks(links) {
  byId('links').replaceChildren(
    ...links.map(({ name, url }) => {
      const link = make('a', undefined, name);
      link.setAttribute('href', url);
      return link;
    }),
  );
}
