// The state of each component, and what does not work while one is down.

import { byId, create, createLink } from './dom.js';
import { toSentence } from './format.js';
import { fetchJson } from './http.js';
import { setTraceLink } from './trace-link.js';

/** @typedef {{ name: string, state: 'up' | 'down' | 'busy' | 'failing' | 'unknown', message: string | null }} Component */

let previous = '';

/** @returns {Promise<boolean>} whether the state of a component has changed */
export async function checkStatus() {
  const components = await readComponents();
  const current = JSON.stringify(components);
  if (current === previous) return false;
  previous = current;
  byId('components').replaceChildren(...components.map(({ name, state }) => create('li', state, name, stateLabel(state))));
  byId('problems').replaceChildren(...createProblems(components.filter(({ message }) => message !== null)));
  return true;
}

/** @returns {Promise<Component[]>} */
async function readComponents() {
  try {
    const { body } = await fetchJson('/status');
    setTraceLink(body.traceLink);
    byId('links').replaceChildren(
      .../** @type {{ name: string, url: string }[]} */ (body.links).map(({ name, url }) => createLink(name, url)),
    );
    return [{ name: 'frontend', state: 'up', message: null }, ...body.components];
  } catch (error) {
    return [{ name: 'frontend', ...frontendProblem(/** @type {import('./http.js').HttpError} */ (error)) }];
  }
}

/**
 * @param {import('./http.js').HttpError} error
 * @returns {Pick<Component, 'state' | 'message'>}
 */
function frontendProblem({ status, message }) {
  if (status === 0) return { state: 'down', message: 'This page is not updated until it recovers.' };
  return { state: status === 503 ? 'busy' : 'failing', message: toSentence(message.replace(/^busy: /, '')) };
}

/** @param {Component[]} problems @returns {Node[]} sentences; the last one has the command that helps */
function createProblems(problems) {
  const sentences = problems.map(({ name, state, message }) => {
    const subject = /^[A-Z]/.test(name) ? name : `The ${name}`;
    return create('p', undefined, create('b', undefined, `${subject} is ${state}.`), ` ${message}`);
  });
  if (problems.some(({ state }) => state === 'down')) {
    const [start, logs] = ['make up', 'make logs'].map((command) => create('code', undefined, command));
    sentences.push(
      create(
        'p',
        undefined,
        'To start what is down, run ',
        /** @type {Node} */ (start),
        '; for the reason, run ',
        /** @type {Node} */ (logs),
        '.',
      ),
    );
  } else if (problems.some(({ state }) => state === 'failing')) {
    sentences.push(create('p', undefined, 'For the reason, run ', create('code', undefined, 'make logs'), '.'));
  }
  return sentences;
}

/** @param {Component['state']} state */
function stateLabel(state) {
  if (state === 'up') return create('span', 'unseen', ' is up'); // for screen readers
  return state === 'unknown' ? ': unknown' : ` is ${state}`;
}
