// Content-type parsers of each kind, with a body that arrives after the headers, and multipart with fields and files.
import multipart from '@fastify/multipart';
import Fastify from 'fastify';
import { sendRequest } from '../../support/client.ts';
import { mark } from '../../support/mark.ts';

const app = Fastify();
await app.register(multipart);
app.addContentTypeParser('text/buffer', { parseAs: 'buffer' }, (_request, body, done) => {
  mark('buffer');
  done(null, body.length);
});
app.addContentTypeParser('text/string', { parseAs: 'string' }, async (_request: unknown, body: string) => {
  mark('string');
  return body.length;
});
app.addContentTypeParser('text/stream', async (_request: unknown, payload: NodeJS.ReadableStream) => {
  mark('stream');
  let length = 0;
  for await (const chunk of payload) {
    mark('stream chunk');
    length += chunk.length;
  }
  return length;
});
app.addContentTypeParser(/^text\/fails/, { parseAs: 'string' }, (_request, _body, done) => {
  mark('fails');
  done(new Error('cannot be parsed'));
});
app.addContentTypeParser('*', (_request, payload, done) => {
  mark('any');
  payload.resume().on('end', () => {
    mark('any end');
    done(null, 'any');
  });
});
app.post('/', async (request) => {
  mark('handler');
  return { body: request.body };
});
app.post('/parts', async (request) => {
  const names: string[] = [];
  for await (const part of request.parts()) {
    mark(`part ${part.fieldname}`);
    if (part.type === 'file') await part.toBuffer();
    names.push(part.fieldname);
  }
  return names;
});

const base = await app.listen({ port: 0 });
for (const type of ['buffer', 'string', 'stream', 'fails', 'any/thing']) {
  const headers = { 'content-type': type.includes('/') ? type : `text/${type}` };
  const { status, body } = await sendRequest(`${base}/`, { method: 'POST', headers, body: 'abc', bodyAfterMs: 30 });
  console.log(type, status, body);
}
const parts = [
  'Content-Disposition: form-data; name="field"\r\n\r\nvalue',
  'Content-Disposition: form-data; name="file"; filename="f.txt"\r\nContent-Type: text/plain\r\n\r\ncontent',
];
const body = `${parts.map((part) => `--limit\r\n${part}\r\n`).join('')}--limit--\r\n`;
const headers = { 'content-type': 'multipart/form-data; boundary=limit' };
console.log('parts', (await sendRequest(`${base}/parts`, { method: 'POST', headers, body, bodyAfterMs: 30 })).body);
await app.close();
