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
  const isAny = /** @param {string} state */ (state) => problems.some((problem) => problem.state === state);
  if (isAny('down')) sentences.push(createAdvice('To start what is down, run `make up`; for the reason, run `make logs`.'));
  else if (isAny('failing')) sentences.push(createAdvice('For the reason, run `make logs`.'));
  return sentences;
}

/** @param {string} text with commands in backticks */
function createAdvice(text) {
  const parts = text.split('`').map((part, index) => (index % 2 === 0 ? part : create('code', undefined, part)));
  return create('p', undefined, ...parts);
}

/** @param {Component['state']} state */
function stateLabel(state) {
  if (state === 'up') return create('span', 'unseen', ' is up'); // for screen readers
  return state === 'unknown' ? ': unknown' : ` is ${state}`;
}
