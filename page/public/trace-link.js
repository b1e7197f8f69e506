import { create } from './dom.js';

/** Opens a trace in Grafana or the viewer: an address with {traceId} in it, or null without either. */
let traceLink = /** @type {string | null} */ (null);

/** Also for the links that are there already. @param {string | null} template */
export function setTraceLink(template) {
  if (template === traceLink) return;
  traceLink = template;
  for (const link of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll('a.id'))) setAddress(link);
}

/** @param {string | null} traceId */
export function createTraceLink(traceId) {
  if (!traceId) return 'none';
  const link = create('a', 'id', traceId);
  setAddress(link);
  return link;
}

/** @param {HTMLElement} link */
function setAddress(link) {
  if (traceLink) link.setAttribute('href', traceLink.replace('{traceId}', link.textContent ?? ''));
  else link.removeAttribute('href');
}
