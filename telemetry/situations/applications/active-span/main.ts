// A hook that activates its own span for the rest of the request, and one that suppresses tracing.
import { context, trace } from '@opentelemetry/api';
import { suppressTracing } from '@opentelemetry/core';
import Fastify from 'fastify';
import pg from 'pg';
import { sendRequest } from '../../support/client.ts';
import { mark } from '../../support/mark.ts';

const tracer = trace.getTracer('application');
const pool = new pg.Pool({ max: 1 });
const app = Fastify({ logger: true, disableRequestLogging: true });
app.addHook('onRequest', (request, reply, done) => {
  if (request.url === '/suppressed') return context.with(suppressTracing(context.active()), done);
  const span = tracer.startSpan('authenticated');
  reply.raw.once('close', () => span.end());
  context.with(trace.setSpan(context.active(), span), done);
});
app.addHook('preHandler', async () => mark('preHandler'));
app.addHook('onResponse', async () => mark('onResponse'));
app.all('/:name', async (request) => {
  mark('handler');
  await pool.query('SELECT 1');
  request.log.info('handled');
  await tracer.startActiveSpan('inner', async (span) => {
    await pool.query('SELECT 2');
    span.setAttribute('own', true).end();
  });
  return 'ok';
});
const base = await app.listen({ port: 0 });
const body = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"a":1}', bodyAfterMs: 30 };
for (const answer of [
  await sendRequest(`${base}/get`),
  await sendRequest(`${base}/post`, body),
  await sendRequest(`${base}/suppressed`),
])
  console.log(answer.body);
await pool.end();
await app.close();
