// The exported description of a statement: its summary, and its text without values and comments.
import { LRUCache } from 'lru-cache';
import { withoutParent } from './bounded-value.ts';
import { SqlSummary } from './sql-summary.ts';
import { type Token, tokensOf } from './sql-tokens.ts';

interface SqlDescription {
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
 * Most applications have few distinct statements. One that embeds values in its statements has many, most of which are sent only once:
 * the limits bound the memory that these use.
 */
export const known = new LRUCache<string, SqlDescription>({
  max: 1_000,
  maxSize: 2 ** 20, // characters
  sizeCalculation: ({ summary, text }, key) => 1 + key.length + text.length + (summary?.length ?? 0),
});

/** @param query one or more statements; any text of any length is accepted */
export function describeSql(query: string): SqlDescription {
  if (query.length > maxTextLength) return read(query.slice(0, maxTextLength - 1), query.length);
  let description = known.get(query);
  if (!description) {
    description = read(query, query.length);
    known.set(withoutParent(query), description);
  }
  return description;
}

/** @param fullLength length of the statement that `head` is the start of */
function read(head: string, fullLength: number): SqlDescription {
  const isCut = head.length < fullLength;
  const summary = new SqlSummary();
  const setting = new SettingValue();
  const tokens = tokensOf(head);
  const last = tokens.at(-1);
  if (isCut && last && mayContinue(last)) last.kind = 'unclear';
  let text = '';
  for (const token of tokens) {
    if (token.kind === 'unclear') text += rest;
    else if (token.kind === 'comment')
      text += ' '; // names that only a comment separates stay separate
    else text += token.kind === 'literal' || setting.includes(token) ? '?' : token.text;
    summary.add(token);
  }
  if (isCut && !text.endsWith(rest)) text += rest;
  const found = summary.finish();
  return found === undefined ? { summary: found, text: rest } : { summary: withoutParent(found), text: withoutParent(text) };
}

/** Detects unquoted values: in `SET app.tenant = acme`, the words after `=` or `TO`. */
class SettingValue {
  #command: string | undefined;
  #isValue = false;

  includes({ kind, text }: Token): boolean {
    const token = kind === 'word' || kind === 'symbol' ? text.toUpperCase() : '';
    if (token === ';') {
      this.#command = undefined;
      this.#isValue = false;
    } else if (this.#isValue) return kind === 'word';
    else if (kind === 'word') this.#command ??= token;
    if (this.#command === 'SET' && (token === '=' || token === 'TO')) this.#isValue = true;
    return false;
  }
}

/** Whether a token that ends where the text was truncated may be incomplete. */
function mayContinue({ kind }: Token): boolean {
  return kind !== 'literal' && kind !== 'space' && kind !== 'comment';
}
