import { create } from './dom.js';

/** @param {1 | 3 | undefined} fractionalSecondDigits */
const timeFormat = (fractionalSecondDigits) =>
  new Intl.DateTimeFormat(undefined, {
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    fractionalSecondDigits,
    hourCycle: 'h23',
  });
const seconds = timeFormat(undefined);
const milliseconds = timeFormat(3);
const day = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium' });

/** A time of day, with the date unless that is today. @param {string} iso @param {boolean} isExact to the millisecond */
export function createTime(iso, isExact) {
  const date = new Date(iso);
  const time = (isExact ? milliseconds : seconds).format(date);
  const isToday = day.format(date) === day.format(new Date());
  const element = create('time', undefined, isToday ? time : `${day.format(date)}, ${time}`);
  element.setAttribute('datetime', iso);
  return element;
}

/** In three significant digits: 412 µs, 1.97 ms, 23.9 ms, 2.43 s. @param {number} ms */
export function formatDuration(ms) {
  if (ms < 1) return `${Math.round(ms * 1000)} µs`;
  return ms < 999.5 ? `${ms.toPrecision(3)} ms` : `${(ms / 1000).toPrecision(3)} s`;
}

/** @param {unknown} value of an attribute */
export function formatValue(value) {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** @param {number} count @param {string} noun in the singular */
export function formatCount(count, noun) {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** @param {string} message of an error */
export function toSentence(message) {
  return `${message[0]?.toUpperCase()}${message.slice(1)}.`;
}
