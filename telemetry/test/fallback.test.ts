// Untested versions of a package get the upstream instrumentation or none, which is logged at debug.
import { createRequire } from 'node:module';
import { DiagLogLevel, diag } from '@opentelemetry/api';
import type { Instrumentation, InstrumentationModuleDefinition } from '@opentelemetry/instrumentation';
import { PgInstrumentation as UpstreamPg } from '@opentelemetry/instrumentation-pg';
import { PinoInstrumentation as UpstreamPino } from '@opentelemetry/instrumentation-pino';
import { afterEach, describe, expect, onTestFinished, test } from 'vitest';
import { FastifyInstrumentation } from '../src/fastify.ts';
import { PgInstrumentation } from '../src/pg.ts';
import { PinoInstrumentation } from '../src/pino.ts';
import { inTrace, startTracedPg } from './support/traced-pg.ts';

const require = createRequire(import.meta.url);
const debug: string[] = [];
const ignore = () => {};
diag.setLogger(
  { error: ignore, warn: ignore, info: ignore, verbose: ignore, debug: (text) => debug.push(text) },
  { logLevel: DiagLogLevel.DEBUG, suppressOverrideMessage: true },
);
const traced = await startTracedPg('fallback');
afterEach(() => {
  debug.length = 0;
});

type Patching = Instrumentation & { getModuleDefinitions(): InstrumentationModuleDefinition[] };

const rangesOf = (instrumentation: Patching, name: string) =>
  instrumentation
    .getModuleDefinitions()
    .filter((definition) => definition.name === name)
    .map(({ supportedVersions }) => supportedVersions[0]);

test('the upstream instrumentations support the versions they are used for', () => {
  expect(rangesOf(new PgInstrumentation(), 'pg')).toEqual(['>=8.11.0 <9', '>=8.0.3 <8.11.0', '>=9']);
  expect(rangesOf(new UpstreamPg({ enabled: false }), 'pg')).toEqual(['>=8.0.3 <9']);
  expect(rangesOf(new PinoInstrumentation(), 'pino')).toEqual(['>=9 <11', '>=5.14.0 <9', '>=11']);
  expect(rangesOf(new UpstreamPino({ enabled: false }), 'pino')).toEqual(['>=5.14.0 <11']);
});

describe('pg', () => {
  test('8.10 is traced by the upstream instrumentation', async () => {
    const pg = require('pg-8.11');
    expect(patch(traced.instrumentation, '>=8.0.3 <8.11.0', pg, '8.10.0')).toBe(pg);
    const client = await traced.connect({}, pg);
    await inTrace(() => client.query('SELECT 1'));
    await client.end();
    const [span] = await traced.queries(1);
    expect(span?.instrumentationScope.name).toBe('@opentelemetry/instrumentation-pg');
    expect(debug).toContain('pg 8.10.0 is traced by @opentelemetry/instrumentation-pg');
  });

  test('9 is not traced, and that is logged at debug', () => {
    const pg = {};
    expect(patch(traced.instrumentation, '>=9', pg, '9.0.0')).toBe(pg);
    expect(debug).toContain('pg 9.0.0 is not traced: it is newer than what is supported');
  });
});

test('Fastify with a router that is not instrumented is traced through its hooks', async () => {
  const fastify = require('fastify'); // before the instrumentation, like one with another version of find-my-way
  const instrumentation = new FastifyInstrumentation();
  onTestFinished(() => instrumentation.disable());
  traced.clear();
  const app = fastify();
  app.get('/users/:id', async () => 'user');
  app.get('/broken', async () => Promise.reject(new Error('broken')));
  for (const path of ['/users/7', '/broken', '/nowhere']) await app.inject(path);
  expect(traced.spans().map(({ name, attributes }) => [name, attributes['http.response.status_code']])).toEqual([
    ['GET /users/:id', 200],
    ['GET /broken', 500],
    ['GET', 404],
  ]);
  expect(debug).toContain('the router of Fastify is not instrumented: requests are traced from the first onRequest hook on');
});

describe('pino', () => {
  test('8 is traced by the upstream instrumentation', async () => {
    const pino = patch(
      new PinoInstrumentation({ exports: false }),
      '>=5.14.0 <9',
      require('pino9'),
      '8.21.0',
    ) as typeof import('pino9');
    const lines: string[] = [];
    await inTrace(async () => pino({}, { write: (line: string) => lines.push(line) }).info('text'));
    expect(JSON.parse(lines[0] as string)).toMatchObject({ msg: 'text', trace_id: expect.stringMatching(/^[\da-f]{32}$/) });
    expect(debug).toContain('pino 8.21.0 is traced by @opentelemetry/instrumentation-pino');
  });

  test('11 is not traced, and that is logged at debug', () => {
    const pino = () => {};
    expect(patch(new PinoInstrumentation(), '>=11', pino, '11.0.0')).toBe(pino);
    expect(debug).toContain('pino 11.0.0 is not traced: it is newer than what is supported');
  });
});

function patch(instrumentation: Patching, range: string, module: unknown, version: string): unknown {
  const definition = instrumentation.getModuleDefinitions().find(({ supportedVersions }) => supportedVersions.includes(range));
  return definition?.patch?.(module, version);
}
