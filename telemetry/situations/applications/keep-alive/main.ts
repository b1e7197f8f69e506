// Several requests over one connection, sequential and pipelined.
import Fastify from 'fastify';
import { connectTo, readResponse } from '../../support/client.ts';
import { mark } from '../../support/mark.ts';

const app = Fastify({ logger: true });
app.get('/first', async () => {
  await new Promise((resolve) => setTimeout(resolve, 50));
  mark('first');
  return 'first';
});
app.get('/second', async () => {
  mark('second');
  return 'second';
});
app.post('/body', async (request) => {
  mark('body');
  return request.body;
});
const base = await app.listen({ port: 0 });
const get = (path: string, header = '') => `GET ${path} HTTP/1.1\r\nhost: h\r\n${header}\r\n`;
const post = 'POST /body HTTP/1.1\r\nhost: h\r\ncontent-type: application/json\r\ncontent-length: 7\r\n\r\n{"a":1}';
const { socket } = connectTo(base);
socket.write(get('/first') + get('/second') + post + get('/second', 'connection: close\r\n'));
const { body } = await readResponse(socket);
await app.close();
console.log(body.match(/first|second|\{"a":1\}/g)?.join());
