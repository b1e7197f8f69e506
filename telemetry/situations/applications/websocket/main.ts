import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import websocket from '@fastify/websocket';
import Fastify from 'fastify';
import pg from 'pg';
import WebSocket from 'ws';
import { mark } from '../../support/mark.ts';

const pool = new pg.Pool({ max: 1 });
const app = Fastify({ logger: true });
await app.register(websocket);
app.get('/chat', { websocket: true }, (socket, request) => {
  mark('opened');
  socket.on('message', async (message: Buffer) => {
    const { rows } = await pool.query('SELECT 1 AS n');
    request.log.info(`got ${message}`);
    socket.send(JSON.stringify(rows));
  });
  socket.on('close', (code: number) => {
    mark('closed');
    console.log('server sees', code);
  });
});
app.get('/server-closes', { websocket: true }, (socket) => socket.close(1001));
app.get('/throws', { websocket: true }, () => {
  throw new Error('no chat today');
});
const refuse = async (_request: unknown, reply: { code(status: number): { send(body: string): unknown } }) =>
  reply.code(401).send('who?');
app.get('/refused', { websocket: true, preValidation: refuse }, () => {});

const base = (await app.listen({ port: 0 })).replace('http', 'ws');
async function chat(path: string, end: (client: WebSocket) => void, message?: string): Promise<void> {
  const client = new WebSocket(base + path);
  client.on('error', (error) => console.log(path, error.message));
  const closed = new Promise((resolve) => client.once('close', resolve));
  if (message) {
    await once(client, 'open');
    client.send(message);
    console.log(path, String((await once(client, 'message'))[0]));
  }
  end(client);
  console.log(path, 'closed', await closed);
}
await chat('/chat', (client) => client.close(1000), 'hello');
await chat('/chat', (client) => client.terminate(), 'bye');
await chat('/server-closes', () => {});
await chat('/throws', () => {});
await chat('/refused', () => {});
await chat('/nowhere', () => {});
await pause(200);
await pool.end();
await app.close();
