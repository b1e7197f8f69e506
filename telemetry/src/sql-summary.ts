// Summarizes a statement as its operations and tables in order of appearance, such as `INSERT orders SELECT carts`, from the tokens of
// sql-tokens.ts.
// https://opentelemetry.io/docs/specs/semconv/database/database-spans/#generating-a-summary-of-the-query

import {
  afterTables,
  beforeName,
  beforeWith,
  commands,
  commandsOnTables,
  definedTypes,
  definitions,
  longestKeyword,
  operations,
  privateTypes,
  queries,
} from './sql-keywords.ts';
import type { Token } from './sql-tokens.ts';

/** Limit of the semantic conventions. A longer summary is truncated between words. */
const maxLength = 255;

/** State of the statement, or of a pair of parentheses within it. */
interface Level {
  /** The most recent operation. */
  operation: string | undefined;
  /** Whether a comma precedes the name of another table. */
  isInTables: boolean;
  /** Whether a comma precedes the name of another common table expression. */
  isInWith: boolean;
}

/** What the next name refers to. */
type Expected = 'nothing' | 'table' | 'table or function' | 'common table expression';

export class SqlSummary {
  #text = '';
  #isFull = false;
  /** Index in the summary at which the current statement starts. */
  #statementAt = 0;
  /** Summary of the previous statement. */
  #last = '';
  /** The first word of the statement; empty if it is not a command. */
  #command: string | undefined;
  #type: string | undefined;
  #levels: Level[] = [newLevel()];
  #expected: Expected = 'nothing';
  /** The name being read, and whether a dot follows it. */
  #name = '';
  #isQualifying = false;
  #common = new Set<string>();
  /** The previous word or symbol. */
  #previous = '';

  /** @returns undefined if the text does not start with a PostgreSQL command */
  finish(): string | undefined {
    this.#endStatement();
    return this.#text || undefined;
  }

  add({ kind, text }: Token): void {
    if (kind === 'word' || kind === 'quoted') this.#addWord(text, kind === 'quoted');
    else if (kind === 'symbol') this.#addSymbol(text);
    else if (kind === 'literal' || kind === 'parameter') this.#addValue();
  }

  get #level(): Level {
    return this.#levels.at(-1) as Level;
  }

  #addWord(text: string, isQuoted: boolean): void {
    if (this.#isQualifying) {
      this.#name += `.${text}`;
      this.#isQualifying = false;
      this.#previous = 'a name';
      return;
    }
    this.#endName();
    const word = isQuoted || text.length > longestKeyword ? '' : text.toUpperCase();
    if (isQuoted || !this.#addKeyword(word)) this.#addName(text);
    this.#previous = word || 'a name';
  }

  /** A literal or a parameter. */
  #addValue(): void {
    this.#endName();
    this.#expected = 'nothing';
    this.#previous = 'a value';
  }

  #addSymbol(symbol: string): void {
    if (symbol === '.' && this.#name) {
      this.#isQualifying = true;
      return;
    }
    this.#endName(symbol);
    if (symbol === '(') this.#open();
    else if (symbol === ')') this.#close();
    else if (symbol === ';') this.#endStatement();
    else if (symbol === ',') this.#expected = this.#afterComma();
    else if (symbol !== '*') this.#expected = 'nothing';
    this.#previous = symbol;
  }

  #addKeyword(word: string): boolean {
    if (this.#command === undefined) return this.#begin(word);
    const isDefinition = definitions.has(this.#command);
    if (isDefinition && !this.#type) return this.#addType(word);
    const level = this.#level;
    const mayQuery = queries.has(this.#command) || (isDefinition && (word === 'SELECT' || word === 'WITH' || level.operation));
    if (mayQuery && operations.has(word)) {
      const begins = word === 'SELECT' ? this.#previous !== 'FOR' || this.#command === 'DECLARE' : this.#canBegin();
      if (begins) this.#operate(word);
      return begins;
    }
    switch (mayQuery ? word : '') {
      case 'WITH':
        if (!beforeWith.has(this.#previous)) return false;
        this.#beginWith();
        return true;
      case 'RECURSIVE':
        return level.isInWith;
      case 'FROM':
        if (this.#previous === 'DISTINCT' || !level.operation || level.operation === 'INSERT') return false; // IS DISTINCT FROM; extract(… FROM …)
        level.isInTables = true;
        this.#expected = 'table or function';
        return true;
      case 'JOIN':
        this.#expected = 'table or function';
        return true;
      case 'USING':
        if (level.operation !== 'DELETE' && level.operation !== 'MERGE') return false;
        this.#expected = 'table or function';
        return true;
      case 'INTO':
        if (!level.operation) return false;
        this.#expected = 'table';
        return true;
      default:
        if (mayQuery && afterTables.has(word)) {
          level.isInTables = false;
          this.#expected = 'nothing';
          return true;
        }
        return this.#expected !== 'nothing' && beforeName.has(word);
    }
  }

  /** The first word of a statement. */
  #begin(word: string): boolean {
    const isOnTables = commandsOnTables.has(word);
    const isCommand = isOnTables || queries.has(word) || definitions.has(word) || commands.has(word);
    this.#command = isCommand ? word : '';
    if (word === 'WITH') this.#beginWith();
    else if (operations.has(word)) this.#operate(word);
    else if (isCommand) this.#append(word, isOnTables || word === 'COPY' || word === 'TABLE' ? 'table' : 'nothing');
    if (isOnTables) this.#level.isInTables = true;
    return true;
  }

  /** Adds the object type after CREATE, ALTER, DROP or REFRESH. */
  #addType(word: string): boolean {
    const isDefined = definedTypes.has(word);
    if (isDefined || privateTypes.has(word)) {
      this.#type = word;
      this.#append(word, isDefined ? 'table' : 'nothing');
    } else if (word === 'MATERIALIZED') {
      this.#append(word, 'nothing');
    }
    return true;
  }

  #operate(word: string): void {
    this.#levels[this.#levels.length - 1] = { operation: word, isInTables: false, isInWith: false };
    this.#append(word, word === 'UPDATE' ? 'table' : 'nothing');
  }

  #beginWith(): void {
    this.#level.isInWith = true;
    this.#expected = 'common table expression';
  }

  /** Whether INSERT, UPDATE, DELETE or MERGE starts an operation here, unlike in FOR UPDATE or ON CONFLICT DO UPDATE. */
  #canBegin(): boolean {
    if (this.#previous === ')') return this.#level.isInWith || this.#command === 'EXPLAIN';
    if (this.#previous === 'AS') return this.#command === 'PREPARE';
    return ['(', 'EXPLAIN', 'ANALYZE', 'VERBOSE'].includes(this.#previous);
  }

  #addName(name: string): void {
    if (this.#command === undefined) this.#command = '';
    if (this.#expected === 'common table expression') {
      this.#common.add(folded(name));
      this.#expected = 'nothing';
    } else if (this.#expected !== 'nothing') {
      this.#name = name;
    }
  }

  /** @param symbol the symbol after the name: `(` after it means that the name is a function, not a table */
  #endName(symbol?: string): void {
    const name = this.#name;
    if (!name) return;
    const isFunction = symbol === '(' && this.#expected === 'table or function';
    this.#name = '';
    this.#isQualifying = false;
    this.#expected = 'nothing';
    if (!isFunction && !this.#common.has(folded(name))) this.#append(name, 'nothing');
  }

  #afterComma(): Expected {
    if (this.#level.isInWith) return 'common table expression';
    return this.#level.isInTables ? 'table or function' : 'nothing';
  }

  #open(): void {
    const level = newLevel();
    if (this.#expected === 'table or function') {
      // A subquery, or joined tables in parentheses.
      level.operation = this.#level.operation;
      level.isInTables = true;
    } else {
      this.#expected = 'nothing';
    }
    this.#levels.push(level);
  }

  #close(): void {
    this.#expected = 'nothing';
    if (this.#levels.length > 1) this.#levels.pop();
  }

  #endStatement(): void {
    this.#endName();
    const statement = this.#text.slice(this.#statementAt);
    // Repeated statements, such as those of a bulk insert, appear once.
    if (statement && statement === this.#last)
      this.#text = this.#text.slice(0, Math.max(0, this.#statementAt - separator.length));
    if (statement) this.#last = statement;
    this.#statementAt = this.#text.length + (this.#text ? separator.length : 0);
    this.#command = undefined;
    this.#type = undefined;
    this.#levels = [newLevel()];
    this.#expected = 'nothing';
    this.#common.clear();
  }

  #append(part: string, expected: Expected): void {
    this.#expected = expected;
    if (this.#isFull) return;
    const before = this.#text === '' ? '' : this.#text.length < this.#statementAt ? separator : ' ';
    if (this.#text.length + before.length + part.length > maxLength) this.#isFull = true;
    else this.#text += before + part;
  }
}

const separator = '; ';

function newLevel(): Level {
  return { operation: undefined, isInTables: false, isInWith: false };
}

/** Normalizes a name as PostgreSQL does before it compares names. */
function folded(name: string): string {
  return name.startsWith('"') ? name.slice(1, -1) : name.toLowerCase();
}
