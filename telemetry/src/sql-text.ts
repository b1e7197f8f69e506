// What leaves the process of a statement: its summary, and its text without values and comments.
import { LRUCache } from 'lru-cache';
import { SqlSummary } from './sql-summary.ts';
import { advance, createScanner, type Scanner } from './sql-tokens.ts';

export interface SqlDescription {
  /** Undefined for a text that begins with no command of PostgreSQL. */
  summary: string | undefined;
  /** Every literal is `?`; parameters such as `$1` and names are as they were. */
  text: string;
}

/** No more of a statement is looked at, and no more is exported. */
export const maxTextLength = 8_192;

/** What is not known: the rest of a longer statement, or of one that is not complete. */
const rest = '…';

/** An application has few short statements. One that writes values into them has many: most of these are sent once. */
const known = new LRUCache<string, SqlDescription>({
  max: 1_000,
  maxSize: 2 ** 20, // characters
  sizeCalculation: ({ summary, text }, key) => 1 + key.length + text.length + (summary?.length ?? 0),
});
const maxKeyLength = 4_096;

/** @param query a statement, or several: any text of any length */
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

/** How many statements and characters are stored. */
export function storedSql(): { statements: number; characters: number } {
  return { statements: known.size, characters: known.calculatedSize };
}

/** @param fullLength of the statement that `head` is the beginning of */
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
    else if (scanner.kind === 'comment') replace(' '); // two names with a comment between them remain two
    summarize(summary, scanner);
  }
  text += head.slice(copiedUntil);
  if (head.length < fullLength && !text.endsWith(rest)) text += rest;
  const found = copy(summary.finish());
  return { summary: found, text: found === undefined ? rest : copy(text) };
}

/** In `SET app.tenant = acme`, the words after `=` or `TO` are a value without quotes. */
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

/** The token ends where the text was cut, and may be the beginning of another one. */
function mayContinue({ kind, text, end }: Scanner): boolean {
  return end === text.length && kind !== 'literal' && kind !== 'space' && kind !== 'comment';
}

/** V8 stores a part of a text as a reference to it, which keeps all of it alive: up to Node.js 24 as a key of a Map, too. */
function copy<Text extends string | undefined>(text: Text): Text {
  return (text && Buffer.from(text).toString()) as Text;
}
