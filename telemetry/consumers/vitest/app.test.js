import { expect, test } from 'vitest';
import { build } from './app.js';

test('an order is stored', async () => {
  const port = Number(process.env.PORT);
  const app = build(port);
  await app.listen({ port, host: '127.0.0.1' });
  // Not by fetch, which would be the root of a trace of its own.
  const response = await app.inject({
    method: 'POST',
    url: '/orders',
    headers: { traceparent: process.env.TRACEPARENT },
    payload: { item: 'a book' },
  });
  expect(response.statusCode).toBe(201);
  await app.close();
});
