import Fastify from 'fastify';
import { sendRequest } from '../../support/client.ts';

const app = Fastify({ logger: true });
app.get('/users/:id', async (request) => ({ id: (request.params as { id: string }).id }));
app.post('/echo', async (request) => request.body);
app.get('/fails', async () => {
  throw new Error('no stock');
});
app.get('/teapot', (_request, reply) => reply.code(418).send('short and stout'));

const base = await app.listen({ port: 0 });
const json = { 'content-type': 'application/json' };
const questions = [
  ['GET', '/users/7'],
  ['HEAD', '/users/7'],
  ['POST', '/echo', '{"a":1}'],
  ['POST', '/echo', '{"a":'],
  ['GET', '/fails'],
  ['GET', '/teapot'],
  ['GET', '/nowhere'],
  ['GET', `/users/${'7'.repeat(200)}`],
  ['GET', '/%zz'],
  ['PROPFIND', '/users/7'],
] as const;
const answers: string[] = [];
for (const [method, path, body] of questions) {
  const answer = await sendRequest(base + path, { method, ...(body ? { body, headers: json } : {}) });
  answers.push([method, path, answer.status, answer.body, Object.keys(answer.headers).join()].join(' '));
}
await app.close();
console.log(answers.join('\n'));
