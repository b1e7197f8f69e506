const http = require('node:http');
const fastify = require('fastify');
const pg = require('pg');
const pino = require('pino');

const pool = new pg.Pool();
const lines = [];
const app = fastify({ loggerInstance: pino({ base: null }, { write: (line) => lines.push(JSON.parse(line).msg) }) });
app.get('/query', async () => (await pool.query('SELECT 1 AS n')).rows);
app.get('/call', (_request, reply) => {
  http.get(`${app.listeningOrigin}/query`, (response) => response.resume().on('end', () => reply.send('called')));
});
app.listen({ port: 0 }).then(async () => {
  console.log((await app.inject('/call')).body);
  await pool.end();
  await app.close();
  console.log(lines.map((line) => line.replace(/:\d+/, '')).join());
});
