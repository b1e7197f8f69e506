// The exported description of a statement: its summary, and its text without values and comments.
import { LRUCache } from 'lru-cache';
import { SqlSummary } from './sql-summary.ts';
import { advance, createScanner, type Scanner } from './sql-tokens.ts';

export interface SqlDescription {
  /** Undefined if the text does not start with a PostgreSQL command. */
  summary: string | undefined;
  /** Every literal is replaced by `?`; names and parameters such as `$1` are unchanged. */
  text: string;
}

/** Only this many characters of a statement are parsed and exported. */
export const maxTextLength = 8_192;

/** Replaces text that was not parsed: the rest of a longer statement, or an unterminated token. */
const rest = '…';

/**
 * Most applications have few distinct short statements. One that embeds values in its statements has many, most of which are sent only once:
 * the limits bound the memory that these use.
 */
const known = new LRUCache<string, SqlDescription>({
  max: 1_000,
  maxSize: 2 ** 20, // characters
  sizeCalculation: ({ summary, text }, key) => 1 + key.length + text.length + (summary?.length ?? 0),
});
const maxKeyLength = 4_096;

/** @param query one or more statements; any text of any length is accepted */
export function describeSql(query: string): SqlDescription {
  if (query.length > maxKeyLength)
    return read(query.length > maxTextLength ? query.slice(0, maxTextLength - 1) : query, query.length);
  let description = known.get(query);
  if (!description) {
    description = read(query, query.length);
    known.set(copy(query), description);
  }
  return description;
}

/** Number of cached statements and their total size in characters. */
export function storedSql(): { statements: number; characters: number } {
  return { statements: known.size, characters: known.calculatedSize };
}

/** @param fullLength length of the statement that `head` is the start of */
function read(head: string, fullLength: number): SqlDescription {
  const summary = new SqlSummary();
  const scanner = createScanner(head);
  let text = '';
  let copiedUntil = 0;
  const replace = (replacement: string) => {
    text += head.slice(copiedUntil, scanner.start) + replacement;
    copiedUntil = scanner.end;
  };
  const setting = new SettingValue();
  while (advance(scanner) !== 'end') {
    if (scanner.kind === 'unclear' || (head.length < fullLength && mayContinue(scanner))) {
      replace(rest);
      break;
    }
    if (scanner.kind === 'literal' || setting.includes(scanner)) replace('?');
    else if (scanner.kind === 'comment') replace(' '); // names that only a comment separates stay separate
    summarize(summary, scanner);
  }
  text += head.slice(copiedUntil);
  if (head.length < fullLength && !text.endsWith(rest)) text += rest;
  const found = copy(summary.finish());
  return { summary: found, text: found === undefined ? rest : copy(text) };
}

/** Detects unquoted values: in `SET app.tenant = acme`, the words after `=` or `TO`. */
class SettingValue {
  #command: string | undefined;
  #isValue = false;

  includes({ kind, text, start, end }: Scanner): boolean {
    const token = kind === 'word' || kind === 'symbol' ? text.slice(start, end).toUpperCase() : '';
    if (token === ';') {
      this.#command = undefined;
      this.#isValue = false;
    } else if (this.#isValue) return kind === 'word';
    else if (kind === 'word') this.#command ??= token;
    if (this.#command === 'SET' && (token === '=' || token === 'TO')) this.#isValue = true;
    return false;
  }
}

function summarize(summary: SqlSummary, { kind, text, start, end }: Scanner): void {
  if (kind === 'word') summary.addWord(text.slice(start, end));
  else if (kind === 'quoted') summary.addQuoted(text.slice(start, end));
  else if (kind === 'symbol') summary.addSymbol(text.charAt(start));
  else if (kind === 'literal' || kind === 'parameter') summary.addValue();
}

/** Whether the token ends where the text was truncated, and so may be incomplete. */
function mayContinue({ kind, text, end }: Scanner): boolean {
  return end === text.length && kind !== 'literal' && kind !== 'space' && kind !== 'comment';
}

/** Copies a string, because V8 stores a slice as a reference that retains the entire original: up to Node.js 24, also as a Map key. */
function copy<Text extends string | undefined>(text: Text): Text {
  return (text && Buffer.from(text).toString()) as Text;
}
