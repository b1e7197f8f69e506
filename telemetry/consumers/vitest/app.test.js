import { expect, test } from 'vitest';
import { build } from './app.js';

test('an order is stored', async () => {
  const port = Number(process.env.PORT);
  const app = build(port);
  await app.listen({ port, host: '127.0.0.1' });
  const response = await fetch(`http://127.0.0.1:${port}/orders`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', traceparent: process.env.TRACEPARENT },
    body: JSON.stringify({ item: 'a book' }),
  });
  expect(response.status).toBe(201);
  await response.json();
  await app.close();
});
