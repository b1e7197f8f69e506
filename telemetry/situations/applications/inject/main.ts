import { context, propagation, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import Fastify from 'fastify';

const app = Fastify();
app.get('/inner', async () => 'inner');
app.get('/outer', async () => (await app.inject('/inner')).body);
const tracer = trace.getTracer('application');
const inSpan = <Result>(name: string, run: () => Promise<Result>) =>
  tracer.startActiveSpan(name, async (span) => {
    try {
      return await run();
    } finally {
      span.end();
    }
  });
const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

console.log('alone', (await app.inject('/inner')).body);
console.log('nested', (await app.inject('/outer')).body);
console.log('in a span', await inSpan('job', async () => (await app.inject('/inner')).body));
console.log('in a span, nested', await inSpan('job', async () => (await app.inject('/outer')).body));
console.log(
  'by callback',
  await inSpan('callback', () => new Promise((resolve) => app.inject('/inner', (_error, response) => resolve(response?.body)))),
);
console.log('by chain', await inSpan('chain', async () => (await app.inject().get('/inner').end()).body));
console.log('with a parent of its own', (await app.inject({ url: '/inner', headers: { traceparent } })).body);
console.log(
  'in a span, with a parent of its own',
  await inSpan('job', async () => (await app.inject({ url: '/inner', headers: { traceparent } })).body),
);
console.log(
  'with the parent from a carrier',
  (await context.with(propagation.extract(ROOT_CONTEXT, { traceparent }), () => app.inject('/inner'))).body,
);
console.log('not sampled', (await app.inject({ url: '/inner', headers: { traceparent: traceparent.replace(/1$/, '0') } })).body);
await app.close();
