// "Break it": the switches of the faults, and how a write differs from one without them.

import { byId, create } from './dom.js';
import { toSentence } from './format.js';
import { fetchJson } from './http.js';
import { whileVisible } from './visibility.js';

/** @typedef {ReturnType<typeof import('../../faults/switches.ts').readSwitches>[number]} Fault */

const intervalMs = 2_000; // make fault may change them, too

const list = byId('faults');
const note = byId('faults-note');

/** @type {Fault[]} */
let faults = [];

/** What arrived of the latest write without a fault. */
let healthy = '';

export function startFaults() {
  whileVisible(() => show(fetchJson('/faults')), intervalMs);
}

/** @returns {string[]} names of the faults that are on */
export function faultsOn() {
  return faults.filter(({ isOn }) => isOn).map(({ name }) => name);
}

/**
 * @param {string[]} on the faults that were on when the write began
 * @param {string} summary of what has arrived of it
 * @returns {string} a sentence that follows the summary; empty if no fault was on
 */
export function compareWithHealthy(on, summary) {
  if (on.length === 0) {
    healthy = summary || healthy; // a write that failed has none
    return '';
  }
  const names = on.join(', ');
  return healthy ? ` Without ${names}: ${healthy}.` : ` Fault: ${names}.`;
}

/** Switches a fault on and all others off; all off if it is on. @param {string} name */
function toggle(name) {
  const on = faultsOn().includes(name) ? [] : [name];
  const headers = { 'content-type': 'application/json' };
  return show(fetchJson('/faults', { method: 'POST', headers, body: JSON.stringify({ on }) }));
}

/** @param {Promise<{ body: Fault[] }>} response */
async function show(response) {
  try {
    faults = (await response).body;
    if (list.childElementCount === 0) list.append(...faults.map(createSwitch));
    for (const [index, { isOn }] of faults.entries()) {
      /** @type {Element} */ (list.children[index]?.firstElementChild).ariaPressed = String(isOn);
    }
    byId('break').hidden = faults.length === 0;
    announce(
      faults
        .filter(({ isOn }) => isOn)
        .map(describe)
        .join(' ') || 'All are off.',
    );
  } catch (error) {
    byId('break').hidden = false;
    announce(toSentence(/** @type {Error} */ (error).message));
  }
}

/** @param {string} text which a screen reader repeats whenever it is set */
function announce(text) {
  if (note.textContent !== text) note.textContent = text;
}

/** @param {Fault} fault */
function createSwitch(fault) {
  const button = create('button', 'small', fault.name);
  button.title = `${fault.service}: ${fault.description}`;
  button.addEventListener('click', () => toggle(fault.name));
  return create('li', undefined, button);
}

/** @param {Fault} fault */
function describe({ name, service, description }) {
  return `${name} is on: ${service}, ${description}.`;
}
