// How an application changes the spans of its requests.
import { SpanStatusCode } from '@opentelemetry/api';
import fastify from 'fastify';
import { afterEach, expect, test } from 'vitest';
import { FastifyInstrumentation } from '../src/fastify.ts';
import type { FastifyInstrumentationConfig } from '../src/options.ts';
import { startInMemory } from './support/in-memory.ts';

const { spans, clear } = startInMemory();
const enabled: FastifyInstrumentation[] = [];
afterEach(() => {
  for (const each of enabled.splice(0)) each.disable();
  clear();
});

function instrument(config: FastifyInstrumentationConfig) {
  const instrumentation = new FastifyInstrumentation(config);
  enabled.push(instrumentation);
  const app = fastify();
  app.get('/users/:id', async () => 'a body');
  app.get('/ignored', async () => 'a body');
  return app;
}

test('the hooks get the span, the request and the reply', async () => {
  const app = instrument({
    requestHook: (span, request, reply) => {
      span.setAttribute('app.user', (request.params as { id: string }).id).setAttribute('app.sent', reply.sent);
    },
    responseHook: (span, request, reply) => {
      span.setAttribute('app.status', reply.statusCode).updateName(`own ${request.routeOptions.url}`);
      span.setStatus({ code: SpanStatusCode.OK });
    },
  });
  await app.inject('/users/7');
  const [span] = spans();
  expect(span?.name).toBe('own /users/:id');
  expect(span?.status.code).toBe(SpanStatusCode.OK);
  expect(span?.attributes).toMatchObject({ 'app.user': '7', 'app.sent': false, 'app.status': 200 });
});

test('a hook that throws or rejects does not affect the request', async () => {
  for (const hook of [
    () => {
      throw new Error('broken');
    },
    () => Promise.reject(new Error('broken')) as never,
  ]) {
    const app = instrument({ requestHook: hook, responseHook: hook });
    expect((await app.inject('/users/7')).statusCode).toBe(200);
  }
  expect(spans().length).toBeGreaterThanOrEqual(2);
});

test('a request matched by `ignore` has no span, and no hook is called for it', async () => {
  let calls = 0;
  const app = instrument({
    ignore: ['/ignored'],
    requestHook: () => {
      calls += 1;
    },
  });
  expect((await app.inject('/ignored?x=1')).body).toBe('a body');
  expect([spans().length, calls]).toEqual([0, 0]);
  await app.inject('/users/7');
  expect([spans().length, calls]).toEqual([1, 1]);
});

test('without options for hooks, no hook is added to a route', async () => {
  const hooksOf = async (config: FastifyInstrumentationConfig) => {
    const app = instrument(config);
    await app.ready();
    for (const each of enabled.splice(0)) each.disable();
    return app.printRoutes({ includeHooks: true });
  };
  expect(await hooksOf({ responseHook: () => {} })).toContain('onResponse');
  expect(await hooksOf({})).not.toContain('onResponse');
});
