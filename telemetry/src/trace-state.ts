// Vendor-specific trace data, by W3C Trace Context Level 2: https://www.w3.org/TR/trace-context-2/#tracestate-header
// The SDK's class implements Level 1, and drops only the invalid entry where the specification requires the whole list to be discarded.
import type { TraceState as TraceStateOfApi } from '@opentelemetry/api';

const maxEntries = 32;
const key = /^[a-z0-9][-_*/@a-z0-9]{0,255}$/;
const value = /^[\x20-\x2b\x2d-\x3c\x3e-\x7e]{0,255}[\x21-\x2b\x2d-\x3c\x3e-\x7e]$/;

class TraceState implements TraceStateOfApi {
  readonly #entries: [string, string][];

  constructor(entries: [string, string][]) {
    this.#entries = entries;
  }

  get(name: string): string | undefined {
    return this.#entries.find(([each]) => each === name)?.[1];
  }

  /** Moves the entry to the front. If there are more than 32 entries, the last one is dropped. */
  set(name: string, newValue: string): TraceState {
    if (!key.test(name) || !value.test(newValue)) return this;
    return new TraceState([[name, newValue] as [string, string], ...this.#without(name)].slice(0, maxEntries));
  }

  unset(name: string): TraceState {
    return new TraceState(this.#without(name));
  }

  serialize(): string {
    return this.#entries.map((entry) => entry.join('=')).join(',');
  }

  #without(name: string): [string, string][] {
    return this.#entries.filter(([each]) => each !== name);
  }
}

/** @returns undefined if the header is invalid or has no entries */
export function parseTraceState(header: string): TraceState | undefined {
  const entries = new Map<string, string>();
  let count = 0;
  for (const member of header.split(',')) {
    const entry = trimSpace(member);
    if (entry === '') continue;
    const equals = entry.indexOf('=');
    const name = entry.slice(0, Math.max(equals, 0));
    const text = entry.slice(equals + 1);
    count += 1;
    if (count > maxEntries || !key.test(name) || !value.test(text)) return undefined;
    if (!entries.has(name)) entries.set(name, text);
  }
  return entries.size > 0 ? new TraceState([...entries]) : undefined;
}

/** Trims spaces and tabs only: HTTP allows no other whitespace around a header value. */
export function trimSpace(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isSpace(text[start])) start += 1;
  while (end > start && isSpace(text[end - 1])) end -= 1;
  return text.slice(start, end);
}

function isSpace(character: string | undefined): boolean {
  return character === ' ' || character === '\t';
}
