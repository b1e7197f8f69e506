// Reads a line formatted by pino: checks that it is a JSON object, parses its fields, and inserts ids.
import { limits } from './bounded-value.ts';
import type { Ids } from './pino-ids.ts';

export interface Line {
  fields: Record<string, unknown>;
  /** Whether the fields exceed the maximum depth of a log record. */
  isDeep: boolean;
}

/** Longer lines are not parsed, because parsing takes about as long as formatting the line did. */
export const longestParsed = limits.size;

/** The start of a line as pino writes it: the level and the next field, which is usually the time. */
const usualStart = /^\{"[\w.-]+":(?:\d+|"[\w.-]*"),"[\w.-]+":(?:\d+|"[^"\\]*")[,}]/;

/** @returns undefined if the line is not a JSON object, or is longer than `longestParsed` */
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
    return undefined; // formatters of the application can write anything
  }
}

function examine(value: object, depth: number, found: { isDeep: boolean; lostDigits: boolean }): void {
  if (depth > limits.depth) {
    found.isDeep = true;
    return;
  }
  for (const each of Object.values(value) as unknown[]) {
    if (typeof each === 'number') found.lostDigits ||= Number.isInteger(each) && !Number.isSafeInteger(each);
    else if (typeof each === 'object' && each !== null) examine(each, depth + 1, found);
  }
}

/** Reviver for JSON.parse() that preserves all digits: 64-bit integers become bigints, larger ones strings. */
function withAllDigits(_key: string, value: unknown, context?: { source?: string }): unknown {
  const source = context?.source;
  if (typeof value !== 'number' || Number.isSafeInteger(value) || !source || !/^-?\d+$/.test(source)) return value;
  if (source.length > 20) return source;
  const integer = BigInt(source);
  return BigInt.asIntN(64, integer) === integer ? integer : source;
}

/**
 * @param end the end of each line: a brace and a line terminator
 * @param messageKey the only key that pino writes without escaping
 * @param line the parsed line, if available
 */
export function isObjectLine(text: string, end: string, messageKey: string, line?: Line): boolean {
  if (!text.endsWith(end)) return false;
  return line !== undefined || (usualStart.test(text) && !/["\\]/.test(messageKey)) || parseLine(text) !== undefined;
}

/**
 * Appends the ids of a span to a line, except for ids that the line already has.
 *
 * @param text a JSON object
 * @param line the parsed line, if available
 */
export function addIds(text: string, end: string, ids: Ids, line?: Line): string {
  const body = text.slice(0, -end.length);
  const added = missingIds(text, ids, line);
  return body + (body === '{' ? added.slice(1) : added) + end;
}

function missingIds(text: string, ids: Ids, line: Line | undefined): string {
  if (!text.includes('_id":') && !text.includes('_flags":')) return ids.text;
  const present = (line ?? parseLine(text))?.fields ?? ids.fields; // a line that is too long to parse may contain them
  let missing = '';
  for (const key of Object.keys(ids.fields)) if (!Object.hasOwn(present, key)) missing += `,"${key}":"${ids.fields[key]}"`;
  return missing;
}
