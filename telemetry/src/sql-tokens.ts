// Splits a statement into words, names, literals and comments by PostgreSQL's lexical rules.
// https://www.postgresql.org/docs/current/sql-syntax-lexical.html

type TokenKind =
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
  /** The rest of the text, because a token is not terminated, or its end depends on a server setting. */
  | 'unclear';

export interface Token {
  kind: TokenKind;
  text: string;
}

interface Rule {
  kind: TokenKind;
  /** Matches the first character of such a token. */
  first: RegExp;
  pattern: RegExp;
}

/**
 * The first pattern that matches is that of the token. Each needs linear time, because it can match every character in one way only.
 * A doubled quote within quotes counts as the end of one string and the start of the next. Every non-ASCII character is a letter.
 */
const rules: Rule[] = [
  { kind: 'space', first: /[\t-\r ]/, pattern: /[\t-\r ]+/y },
  { kind: 'quoted', first: /["uU]/, pattern: /(?:[uU]&)?(?:"[^"]*")+(?!")/y },
  { kind: 'literal', first: /[eE]/, pattern: /[eE](?:'(?:[^'\\]|\\.)*')+(?!')/sy },
  // Whether a backslash escapes a quote in these depends on the connection's `standard_conforming_strings` setting.
  { kind: 'literal', first: /['bBnNuUxX]/, pattern: /(?:[bBnNxX]|[uU]&)?(?:'(?:[^'\\]|\\[^'])*')+(?!')/y },
  { kind: 'unclear', first: /['"bBeEnNuUxX]/, pattern: /(?:[bBeEnNxX]|[uU]&)?'|(?:[uU]&)?"/y },
  { kind: 'word', first: /[A-Za-z_\x80-\uffff]/, pattern: /[A-Za-z_\x80-\uffff][\w$\x80-\uffff]*/y },
  // `1`, `1.5`, `.5`, `1e-9`, `0xFF`, `1_000`, including any letters that follow without a space
  { kind: 'literal', first: /[.\d]/, pattern: /\.?\d(?:[eE][+-](?=\d)|[\w.\x80-\uffff])*/y },
  { kind: 'parameter', first: /\$/, pattern: /\$\d+/y },
  { kind: 'literal', first: /\$/, pattern: /(\$(?:[A-Za-z_\x80-\uffff][\w\x80-\uffff]*)?\$).*?\1/sy },
  { kind: 'unclear', first: /\$/, pattern: /\$(?:[A-Za-z_\x80-\uffff][\w\x80-\uffff]*)?\$/y },
  { kind: 'comment', first: /-/, pattern: /--[^\n\r]*/y },
];

const firstNonAscii = 128;

/** By the code of a token's first character, because trying every pattern would take three times as long. */
const rulesOf = Array.from({ length: firstNonAscii + 1 }, (_, code) =>
  rules.filter(({ first }) => first.test(String.fromCharCode(code))),
);

/** @returns contiguous tokens */
export function tokensOf(sql: string): Token[] {
  const tokens: Token[] = [];
  for (let at = 0; at < sql.length; ) {
    const { kind, end } = sql.startsWith('/*', at) ? blockComment(sql, at) : find(sql, at);
    tokens.push({ kind, text: sql.slice(at, end) });
    at = end;
  }
  return tokens;
}

function find(sql: string, at: number): { kind: TokenKind; end: number } {
  for (const { kind, pattern } of rulesOf[Math.min(sql.charCodeAt(at), firstNonAscii)] as Rule[]) {
    pattern.lastIndex = at;
    if (pattern.test(sql)) return { kind, end: kind === 'unclear' ? sql.length : pattern.lastIndex };
  }
  return { kind: 'symbol', end: at + 1 };
}

/** Block comments can be nested. */
function blockComment(sql: string, at: number): { kind: TokenKind; end: number } {
  const mark = /\/\*|\*\//g;
  mark.lastIndex = at;
  let depth = 0;
  for (let found = mark.exec(sql); found; found = mark.exec(sql)) {
    depth += found[0] === '/*' ? 1 : -1;
    if (depth === 0) return { kind: 'comment', end: mark.lastIndex };
  }
  return { kind: 'unclear', end: sql.length };
}
