// Which text of a statement is exported, and that processing any statement needs bounded time and memory.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { describeSql, known, maxTextLength } from '../src/sql-text.ts';
import { tokensOf } from '../src/sql-tokens.ts';

describe('the text of a statement', () => {
  test.each([
    'SELECT * FROM "Order Items" WHERE id = $1 AND name LIKE $2 ORDER BY a1, t.b2 -> c',
    'INSERT INTO numbers (value) VALUES ($1)',
    'SELECT a$1b, "1", "it\'s", x::int4[]',
    'SELECT sélect, ❤ FROM t',
  ])('is exported unchanged without literals: %s', (statement) => {
    expect(describeSql(statement).text).toBe(statement);
  });

  test.each<[kind: string, statement: string, text: string]>([
    ['a string', "SELECT 'secret', 'it''s', '' FROM t", 'SELECT ?, ?, ? FROM t'],
    ['a string with escapes', "SELECT E'it\\'s \\\\', e'a''b' FROM t", 'SELECT ?, ? FROM t'],
    ['a Unicode string', "SELECT U&'d\\0061t', u&'x' FROM t", 'SELECT ?, ? FROM t'],
    ['a national string', "SELECT N'secret' FROM t", 'SELECT ? FROM t'],
    ['a bit string', "SELECT B'0101', X'1F', b'1', x'f'", 'SELECT ?, ?, ?, ?'],
    [
      'a dollar-quoted string',
      'SELECT $$a $b$ c$$, $tag$ $$ $tagg$ $ta $tag$, $t$x$$t$, $é$x$é$ FROM t',
      'SELECT ?, ?, ?, ? FROM t',
    ],
    [
      'a number',
      'SELECT 1, 1.5, .5, 1e-9, 1E+9, 0xFF, 0b1, 0o7, 1_000, 12abc FROM t1',
      'SELECT ?, ?, ?, ?, ?, ?, ?, ?, ?, ? FROM t1',
    ],
    ['a number after an operator', 'SELECT a-5, -5, a[1:2], f(3)::numeric(4)', 'SELECT a-?, -?, a[?:?], f(?)::numeric(?)'],
    [
      'a literal next to a name',
      "SELECT date '2020-01-01', interval'1 day', fooE'x' FROM t",
      'SELECT date ?, interval?, fooE? FROM t',
    ],
    ['a literal next to a parameter', "SELECT $1'secret', $2$x$secret$x$", 'SELECT $1?, $2?'],
    ['a comment', 'SELECT a -- secret\nFROM/* secret /* nested */ secret */t', 'SELECT a  \nFROM t'],
  ])('has a question mark in place of %s', (_kind, statement, text) => {
    expect(describeSql(statement).text).toBe(text);
  });

  test.each([
    ["SELECT 'secret"],
    ["SELECT E'secret\\'"],
    ['SELECT $tag$ secret $ta'],
    ['SELECT /* secret /* nested */ secret'],
    ['SELECT "secret'],
    // With standard_conforming_strings off, the string continues after this quote.
    ["SELECT 'it\\' secret"],
    ["SELECT 'it\\'', secret"],
  ])('is cut at an unterminated literal: %s', (statement) => {
    expect(describeSql(statement).text).toBe('SELECT …');
  });
});

describe('a long statement', () => {
  const cut = maxTextLength - 1;

  test.each([
    ['a string', (secret: string) => `'${secret}'`],
    ['a string with escapes', (secret: string) => `E'\\'${secret}'`],
    ['a dollar-quoted string', (secret: string) => `$tag$${secret}$tag$`],
    ['a comment', (secret: string) => `/* ${secret} */`],
    ['a line comment', (secret: string) => `-- ${secret}\n`],
  ])('is cut without exposing any part of %s, regardless of the position of the cut', (_kind, literal) => {
    const text = `${literal('secret')} x`;
    for (let before = cut - text.length - 2; before <= cut + 2; before++) {
      const statement = `SELECT ${'a'.repeat(before - 8)} ${text}${' '.repeat(maxTextLength)}`;
      const described = describeSql(statement).text;
      expect(described).not.toMatch(/[sec]/);
      expect(described.length).toBeLessThanOrEqual(maxTextLength);
      expect(described.endsWith('…')).toBe(true);
    }
  });

  test('is not cut within a name, which may be the beginning of a literal', () => {
    const statement = `SELECT ${'a'.repeat(cut - 9)} E'it\\'s secret'`;
    expect(describeSql(statement).text).toBe(`SELECT ${'a'.repeat(cut - 9)} …`);
  });

  test('is not cached', () => {
    const stored = () => ({ statements: known.size, characters: known.calculatedSize });
    const before = stored();
    describeSql(`SELECT ${"'x', ".repeat(2_000)} 1`);
    expect(stored()).toEqual(before);
  });
});

test('the cache is bounded in statements and in characters', () => {
  for (let n = 0; n < 5_000; n++) describeSql(`SELECT '${n}' ${' '.repeat(3_000 + (n % 1_000))}`);
  expect(known.size).toBeLessThanOrEqual(1_000);
  expect(known.calculatedSize).toBeLessThanOrEqual(2 ** 20);
});

test('the cache does not retain a longer string of which a statement is a slice', () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const usedMegabytes = () => {
    collect();
    const { heapUsed, external } = process.memoryUsage();
    return (heapUsed + external) / 2 ** 20;
  };
  const before = usedMegabytes();
  const described: unknown[] = [];
  for (let n = 0; n < 100; n++) {
    const statement = `SELECT * FROM "a long name of table ${n}" WHERE a = $1; `;
    const file = statement.repeat(2 ** 20 / statement.length);
    file.charCodeAt(0); // V8 copies it into one piece
    for (const length of [statement.length, 100 * statement.length, file.length])
      described.push(describeSql(file.slice(0, length)));
  }
  expect(usedMegabytes() - before).toBeLessThan(20);
  expect(described).toHaveLength(300);
});

describe('generated statements', () => {
  afterEach(() => vi.restoreAllMocks());

  const secret = 'zqxj';
  const words = ['SELECT ', 'INSERT INTO t ', 'WITH x AS (', 'FROM ', 'JOIN "a b" ', 'WHERE ', 'E', 'U&', '::int', '❤', 'é'];
  const symbols = [', ', ';', '(', ')', '.', '[', ']', '*', '/', '-', '$1', ' ', '\n'];
  const strings = [`'${secret}'`, `'a''${secret}'`, `E'\\'${secret}'`, `U&'${secret}'`, ` $$${secret}$$`, ` $t$ $$${secret} $t$`];
  const others = [`-- ${secret}\n`, `/* ${secret} /* x */ ${secret} */`, '1234', '0xABCDEF', '1.5e-7', "B'0101'"];
  const complete = [...words, ...symbols, ...strings, ...others];
  const incomplete = ['$', "'", '"', '\\', "'\\", '$t', `$t$${secret}`, `$u$${secret}`, `/* ${secret}`, '/*/*/* ', '*/', '--'];

  /** https://en.wikipedia.org/wiki/Linear_congruential_generator, so that a failure is reproducible. */
  function* random(seed: number): Generator<number, never> {
    for (let state = seed; ; ) {
      state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32;
      yield state / 2 ** 32;
    }
  }

  function generate(seed: number, length: number, pieces: string[]): string {
    const numbers = random(seed);
    let text = '';
    for (let n = 0; n < length; n++) text += pieces[Math.floor(numbers.next().value * pieces.length)];
    return text;
  }

  /** Checks many statements; a failure names the seed. */
  function forEachSeed(pieces: string[], check: (statement: string) => void): void {
    for (let seed = 0; seed < 3_000; seed++) {
      const statement = generate(seed, 1 + (seed % 40), pieces);
      try {
        check(statement);
      } catch (error) {
        throw new Error(`seed ${seed}: ${JSON.stringify(statement)}`, { cause: error });
      }
    }
  }

  test('have a text that does not change when it is processed again', () => {
    forEachSeed([...complete, ...incomplete], (statement) => {
      const { text } = describeSql(statement);
      expect(describeSql(text).text).toBe(text);
    });
  });

  test('expose no part of a string or a comment', () => {
    forEachSeed(complete, (statement) => {
      const { text, summary } = describeSql(statement);
      expect(text).not.toContain(secret);
      expect(summary ?? '').not.toContain(secret);
    });
  });

  test('have no quote, digit or comment except in names and parameters', () => {
    forEachSeed([...complete, ...incomplete], (statement) => {
      const { text } = describeSql(statement);
      expect(text.replace(/"(?:[^"]|"")*"/g, '')).not.toMatch(/['"]|--|\/\*|(^|[^\w$❤é])\d/);
    });
  });

  // biome-ignore format: one line
  const repeated = ["'", '"', '/*', '*/', '/* ', '-- ', '$$', '$a', '$a$', "E'\\", '\\', '(', 'a.', ';', 'SELECT ', 'FROM a,', '1e', 'U&', '❤', ' '];
  test.each([
    ...repeated.map((piece) => [`${piece} many times`, piece.repeat(2 ** 20 / piece.length)] as const),
    ...Array.from({ length: 20 }, (_, seed) => [`seed ${seed}`, generate(seed, 150_000, [...complete, ...incomplete])] as const),
  ])('of 1 MB are read up to a limit: %s', (_name, statement) => {
    const slice = vi.spyOn(String.prototype, 'slice');
    const { text, summary } = describeSql(statement);
    const copied = slice.mock.results.reduce((sum, { value }) => sum + value.length, 0);
    vi.restoreAllMocks();
    expect(copied).toBeLessThanOrEqual(6 * maxTextLength);
    expect(text.length).toBeLessThanOrEqual(maxTextLength);
    expect(summary?.length ?? 0).toBeLessThanOrEqual(255);
  });

  // biome-ignore format: one line
  const slowest = [
    ["'", "a"], ["'", "a''"], ["'", "\\a"], ["'", "\\\\"], ["E'", "\\'"], ["E'", "a''"], ['"', 'a'], ['"', 'a""'], ['U&"', '""'],
    ['$$', '$a'], ['$', 'a'], [`$${'a'.repeat(30)}$`, `$${'a'.repeat(20)}`], ['1', 'e+1'], ['1', '.'], ['/*', '/*'], ['/*', '*'], ['--', 'a'],
  ] as const;
  test.each([...repeated.map((piece) => ['', piece] as const), ...slowest])(
    'take time in proportion to their length: %s, then %s many times',
    (start, piece) => {
      const statements = [2 ** 10, 2 ** 13].map((length) => start + piece.repeat((length - start.length) / piece.length));
      const times = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
      for (let round = 0; round < 50; round++) {
        for (const [index, statement] of statements.entries()) {
          const startMs = performance.now();
          tokensOf(statement);
          times[index] = Math.min(times[index] as number, performance.now() - startMs);
        }
      }
      const [short, long] = times as [number, number];
      expect(long / short).toBeLessThan(24); // 8 if the time is linear, 64 if it is quadratic
    },
  );
});
