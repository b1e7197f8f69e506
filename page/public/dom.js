/** @param {string} id */
export function byId(id) {
  return /** @type {HTMLElement} */ (document.getElementById(id));
}

/**
 * Makes an element. Texts are never read as HTML.
 *
 * @param {string} tag
 * @param {string | undefined} className
 * @param {(Node | string)[]} children
 */
export function make(tag, className, ...children) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  element.append(...children);
  return element;
}

/** Where to look at a trace: an address with {traceId} in it, or null where there is none. */
let traceLink = /** @type {string | null} */ (null);

/** @param {string | null} template */
export function setTraceLink(template) {
  traceLink = template;
}

/** @param {string | null} traceId @returns a link to the trace, where there is a place to look at it */
export function traceOf(traceId) {
  if (!traceId) return 'none';
  if (!traceLink) return make('span', 'id', traceId);
  const link = make('a', 'id', traceId);
  link.setAttribute('href', traceLink.replace('{traceId}', traceId));
  return link;
}

/** @param {1 | 3 | undefined} fractionalSecondDigits */
const clock = (fractionalSecondDigits) =>
  new Intl.DateTimeFormat(undefined, {
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    fractionalSecondDigits,
    hourCycle: 'h23',
  });
const toTheSecond = clock(undefined);
const toTheMillisecond = clock(3);
const day = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium' });

/** With the date, unless that is today. @param {string} iso @param {boolean} isExact to the millisecond */
export function timeOf(iso, isExact) {
  const at = new Date(iso);
  const isToday = day.format(at) === day.format(new Date());
  const ofDay = (isExact ? toTheMillisecond : toTheSecond).format(at);
  const time = make('time', undefined, isToday ? ofDay : `${day.format(at)}, ${ofDay}`);
  time.setAttribute('datetime', iso);
  return time;
}

/** @param {number} ms */
export function duration(ms) {
  return ms < 1 ? `${Math.round(ms * 1000)} µs` : `${ms.toFixed(ms < 100 ? 1 : 0)} ms`;
}

/** @param {string} text of an error */
export function sentence(text) {
  return `${text[0]?.toUpperCase()}${text.slice(1)}.`;
}
