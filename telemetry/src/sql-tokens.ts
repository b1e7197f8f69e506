// Splits a statement into words, names, literals and comments by PostgreSQL's lexical rules. Each character code is examined once or twice,
// without regular expressions, so the running time is linear for any text.
// https://www.postgresql.org/docs/current/sql-syntax-lexical.html

export type TokenKind =
  | 'end'
  | 'space'
  | 'comment'
  /** A keyword or an unquoted name. */
  | 'word'
  /** A name in double quotes. */
  | 'quoted'
  /** A string, number or bit string. */
  | 'literal'
  /** `$1` */
  | 'parameter'
  /** One character of an operator or punctuation. */
  | 'symbol'
  /** A token that is not terminated, or whose end depends on a server setting. */
  | 'unclear';

/** Reads a text token by token. */
export interface Scanner {
  readonly text: string;
  /** Kind of the current token. */
  kind: TokenKind;
  start: number;
  /** Index after the last character. */
  end: number;
}

export function createScanner(text: string): Scanner {
  return { text, kind: 'end', start: 0, end: 0 };
}

const tab = 9;
const lineFeed = 10;
const carriageReturn = 13;
const space = 32;
const doubleQuote = 34;
const dollar = 36;
const ampersand = 38;
const quote = 39;
const star = 42;
const plus = 43;
const minus = 45;
const dot = 46;
const slash = 47;
const backslash = 92;
const underscore = 95;

/** Moves to the next token. Tokens are contiguous: each starts where the previous one ends. */
export function advance(scanner: Scanner): TokenKind {
  const { text, end: start } = scanner;
  scanner.start = start;
  if (start >= text.length) return found(scanner, 'end', start);
  const code = text.charCodeAt(start);
  const next = text.charCodeAt(start + 1); // NaN at the end
  if (isSpace(code)) return found(scanner, 'space', skip(text, start + 1, isSpace));
  if (code === minus && next === minus) return found(scanner, 'comment', skip(text, start + 2, isOnLine));
  if (code === slash && next === star) return blockComment(scanner);
  if (code === quote) return quoted(scanner, start, 'literal', plainString);
  if (code === doubleQuote) return quoted(scanner, start, 'quoted', identifier);
  if (isDigit(code) || (code === dot && isDigit(next))) return found(scanner, 'literal', numberEnd(text, start));
  if (code === dollar) return isDigit(next) ? found(scanner, 'parameter', skip(text, start + 1, isDigit)) : dollarString(scanner);
  if (isNameStart(code)) return word(scanner, code, next);
  return found(scanner, 'symbol', start + 1);
}

function found(scanner: Scanner, kind: TokenKind, end: number): TokenKind {
  scanner.end = end;
  scanner.kind = kind;
  return kind;
}

function unclear(scanner: Scanner): TokenKind {
  return found(scanner, 'unclear', scanner.text.length);
}

function skip(text: string, from: number, belongs: (code: number) => boolean): number {
  let at = from;
  while (at < text.length && belongs(text.charCodeAt(at))) at++;
  return at;
}

/** Block comments can be nested. */
function blockComment(scanner: Scanner): TokenKind {
  const { text } = scanner;
  let depth = 1;
  let at = scanner.start + 2;
  while (at < text.length) {
    const code = text.charCodeAt(at++);
    if (code !== star && code !== slash) continue;
    const other = text.charCodeAt(at);
    if (code === slash && other === star) depth++;
    else if (code === star && other === slash) depth--;
    else continue;
    at++;
    if (depth === 0) return found(scanner, 'comment', at);
  }
  return unclear(scanner);
}

/** Meaning of a backslash within quotes. */
type Backslash = 'text' | 'escape' | 'unknown';
const identifier: Backslash = 'text';
const escapeString: Backslash = 'escape';
/** Depends on the connection's `standard_conforming_strings` setting. */
const plainString: Backslash = 'unknown';

/** @param open index of the opening quote; a doubled quote is part of the token */
function quoted(scanner: Scanner, open: number, kind: TokenKind, backslashes: Backslash): TokenKind {
  const { text } = scanner;
  const mark = text.charCodeAt(open);
  let isEscaped = false;
  for (let at = open + 1; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === backslash && backslashes !== 'text') isEscaped = !isEscaped;
    else if (code !== mark) isEscaped = false;
    else if (isEscaped) {
      if (backslashes === 'unknown') return unclear(scanner);
      isEscaped = false;
    } else if (text.charCodeAt(at + 1) === mark) at++;
    else return found(scanner, kind, at + 1);
  }
  return unclear(scanner);
}

/** `$$…$$` and `$tag$…$tag$` */
function dollarString(scanner: Scanner): TokenKind {
  const { text, start } = scanner;
  const tagEnd = isNameStart(text.charCodeAt(start + 1)) ? skip(text, start + 2, isTagPart) : start + 1;
  if (text.charCodeAt(tagEnd) !== dollar) return found(scanner, 'symbol', start + 1);
  const tagLength = tagEnd + 1 - start;
  let matched = 0;
  for (let at = tagEnd + 1; at < text.length; at++) {
    const code = text.charCodeAt(at);
    // Only the first and last characters of the tag are dollar signs, so a mismatched dollar sign may start the closing tag.
    if (code === text.charCodeAt(start + matched)) matched++;
    else matched = code === dollar ? 1 : 0;
    if (matched === tagLength) return found(scanner, 'literal', at + 1);
  }
  return unclear(scanner);
}

/** `1`, `1.5`, `.5`, `1e-9`, `0xFF`, `1_000`, including any letters that follow without a space. */
function numberEnd(text: string, start: number): number {
  let at = start;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    const isSign = (code === plus || code === minus) && isExponent(text.charCodeAt(at - 1)) && isDigit(text.charCodeAt(at + 1));
    if (!isTagPart(code) && code !== dot && !(isSign && at > start)) break;
    at++;
  }
  return at;
}

/** Also reads prefixed tokens: E'…', B'…', X'…', N'…' and U&'…' are strings, U&"…" is a name. */
function word(scanner: Scanner, code: number, next: number): TokenKind {
  const { text, start } = scanner;
  const letter = code | 32;
  if (next === quote && letter === 101 /* e */) return quoted(scanner, start + 1, 'literal', escapeString);
  if (next === quote && (letter === 98 || letter === 120 || letter === 110))
    return quoted(scanner, start + 1, 'literal', plainString);
  if (next === ampersand && letter === 117 /* u */) {
    const mark = text.charCodeAt(start + 2);
    if (mark === quote) return quoted(scanner, start + 2, 'literal', plainString);
    if (mark === doubleQuote) return quoted(scanner, start + 2, 'quoted', identifier);
  }
  return found(scanner, 'word', skip(text, start + 1, isNamePart));
}

function isSpace(code: number): boolean {
  return code === space || (code >= tab && code <= carriageReturn);
}

function isOnLine(code: number): boolean {
  return code !== lineFeed && code !== carriageReturn;
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

function isExponent(code: number): boolean {
  return code === 101 || code === 69;
}

/** PostgreSQL treats every non-ASCII character as a letter. */
function isNameStart(code: number): boolean {
  const lower = code | 32;
  return (lower >= 97 && lower <= 122) || code === underscore || code >= 128;
}

function isTagPart(code: number): boolean {
  return isNameStart(code) || isDigit(code);
}

function isNamePart(code: number): boolean {
  return isTagPart(code) || code === dollar;
}
