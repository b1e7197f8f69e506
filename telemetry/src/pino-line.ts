// A line as pino formats it: whether it is a JSON object, what it carries, and where ids go.
import { limits } from './bounded-value.ts';
import type { Ids } from './pino-ids.ts';

export interface Line {
  fields: Record<string, unknown>;
  /** Nested more deeply than a record may be. */
  isDeep: boolean;
}

/** Longer lines are not read: that would take about as long as the application took to write them. */
export const longestParsed = limits.size;

/** Level and the field after it, the time unless there is none, as pino writes them. */
const usualStart = /^\{"[\w.-]+":(?:\d+|"[\w.-]*"),"[\w.-]+":(?:\d+|"[^"\\]*")[,}]/;

/** @returns undefined for what is not a JSON object, and for very long lines */
export function parseLine(text: string): Line | undefined {
  if (text.length > longestParsed) return undefined;
  try {
    let fields = JSON.parse(text);
    if (typeof fields !== 'object' || fields === null || Array.isArray(fields)) return undefined;
    const found = { isDeep: false, lostDigits: false };
    examine(fields, 0, found);
    if (found.lostDigits) fields = JSON.parse(text, withAllDigits);
    return { fields, isDeep: found.isDeep };
  } catch {
    return undefined; // the application's formatters can write anything
  }
}

function examine(value: object, depth: number, found: { isDeep: boolean; lostDigits: boolean }): void {
  if (depth > limits.depth) {
    found.isDeep = true;
    return;
  }
  for (const key of Object.keys(value)) {
    const each = value[key as never] as unknown;
    if (typeof each === 'number') found.lostDigits ||= Number.isInteger(each) && !Number.isSafeInteger(each);
    else if (typeof each === 'object' && each !== null) examine(each, depth + 1, found);
  }
}

/** For JSON.parse: integers of 64 bits as bigint, longer ones as text. */
function withAllDigits(_key: string, value: unknown, context?: { source?: string }): unknown {
  const source = context?.source;
  if (typeof value !== 'number' || Number.isSafeInteger(value) || !source || !/^-?\d+$/.test(source)) return value;
  if (source.length > 20) return source;
  const integer = BigInt(source);
  return BigInt.asIntN(64, integer) === integer ? integer : source;
}

/**
 * @param end the end of each line: a brace, then a line feed
 * @param messageKey the one key that pino writes as it is
 * @param line the same, if it was parsed before
 */
export function isObjectLine(text: string, end: string, messageKey: string, line?: Line): boolean {
  if (!text.endsWith(end)) return false;
  return line !== undefined || (usualStart.test(text) && !/["\\]/.test(messageKey)) || parseLine(text) !== undefined;
}

/**
 * The line with the ids of a span at its end, but for those that it has already.
 *
 * @param text a JSON object
 * @param line the same, if it was parsed before
 */
export function addIds(text: string, end: string, ids: Ids, line?: Line): string {
  const body = text.slice(0, -end.length);
  const added = missingIds(text, ids, line);
  return body + (body === '{' ? added.slice(1) : added) + end;
}

function missingIds(text: string, ids: Ids, line: Line | undefined): string {
  if (!text.includes('_id":') && !text.includes('_flags":')) return ids.text;
  const present = (line ?? parseLine(text))?.fields ?? ids.fields; // a line too long to read may have them
  let missing = '';
  for (const key of Object.keys(ids.fields)) if (!Object.hasOwn(present, key)) missing += `,"${key}":"${ids.fields[key]}"`;
  return missing;
}
