import { DiagLogLevel, diag } from '@opentelemetry/api';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { inTrace, type Pg, startTracedPg } from './support/traced-pg.ts';

let samplerFails = false;
const traced = await startTracedPg('pg_patching', {
  sampler: {
    shouldSample: () => {
      if (samplerFails) throw new Error('the sampler fails');
      return { decision: 2 };
    },
  },
});
/** The patches for the versions this package instruments itself. */
const definitions = traced.instrumentation.getModuleDefinitions().slice(0, 2);
const copies: Record<string, Pg> = { 'pg-8.11': traced.load('pg-8.11'), pg: traced.pg };

beforeEach(() => {
  samplerFails = false;
  traced.instrumentation.enable();
  traced.clear();
});
afterEach(() => traced.instrumentation.disable());

/** @returns the number of spans of one query */
async function countSpans(pg: Pg): Promise<number> {
  traced.clear();
  await inTrace(async () => {
    const pool = new pg.Pool({ ...traced.connection, max: 1 });
    await pool.query('SELECT 1');
    await pool.end();
  });
  return traced.spans().filter(({ name }) => name === 'SELECT').length;
}

function patchedMethods(pg: Pg): string[] {
  const classes = { Client: pg.Client, Query: pg.Query, Pool: Object.getPrototypeOf(pg.Pool) };
  return Object.entries(classes).flatMap(([name, { prototype }]) =>
    Object.getOwnPropertyNames(prototype)
      .filter((method) => {
        const { value, set } = Object.getOwnPropertyDescriptor(prototype, method) as PropertyDescriptor;
        return value?.__wrapped || (name === 'Query' && set);
      })
      .map((method) => `${name}.${method}`),
  );
}

describe.each(Object.keys(copies))('a copy of pg: %s', (name) => {
  const pg = copies[name] as Pg;

  test('is restored by disable() and traced again after enable()', async () => {
    const patched = patchedMethods(pg);
    expect(patched).toEqual(expect.arrayContaining(['Client.query', 'Query.handleError', 'Query.callback', 'Pool.connect']));
    expect(await countSpans(pg)).toBe(1);
    traced.instrumentation.disable();
    expect(patchedMethods(pg)).toEqual([]);
    expect(await countSpans(pg)).toBe(0);
    traced.instrumentation.enable();
    expect(patchedMethods(pg)).toEqual(patched);
    expect(await countSpans(pg)).toBe(1);
  });

  test('is patched once, although it is loaded by require, by import and by file', async () => {
    for (const definition of definitions) {
      if (definition.name !== 'pg') continue;
      definition.patch?.(pg);
      definition.patch?.({ [Symbol.toStringTag]: 'Module', default: pg });
      for (const file of definition.files) if (file.name.endsWith('lib/client.js')) file.patch(pg.Client);
    }
    expect(await countSpans(pg)).toBe(1);
    traced.instrumentation.disable();
    expect(patchedMethods(pg)).toEqual([]);
  });
});

test.each([
  ['has no client', {}],
  ['is not an object', undefined],
  ['is frozen', { Client: Object.freeze(Object.assign(class {}, { Query: Object.freeze(class {}) })) }],
])('a version that %s is left unchanged', (_case, module) => {
  for (const definition of definitions) expect(definition.patch?.(module)).toBe(module);
});

test('an error thrown by a sampler does not reach the application', async () => {
  const errors: unknown[] = [];
  const logger = { error: (...each: unknown[]) => errors.push(each), warn() {}, info() {}, debug() {}, verbose() {} };
  diag.setLogger(logger, { logLevel: DiagLogLevel.ERROR, suppressOverrideMessage: true });
  const result = await inTrace(async () => {
    samplerFails = true;
    const client = await traced.connect();
    const { rows } = await client.query('SELECT 1 AS n');
    await client.end();
    return rows;
  });
  diag.disable();
  expect(result).toEqual([{ n: 1 }]);
  expect(errors).toHaveLength(1);
});
