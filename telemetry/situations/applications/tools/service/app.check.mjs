// The same test for the runner of Node.js and for Vitest.
import assert from 'node:assert';
import Fastify from 'fastify';

const { test } = process.env.VITEST ? await import('vitest') : await import('node:test');

for (const n of [1, 2]) {
  test(`instance ${n}`, async () => {
    const app = Fastify();
    app.get('/', async () => 'ok');
    assert.strictEqual((await app.inject('/')).body, 'ok');
    await app.close();
  });
}
