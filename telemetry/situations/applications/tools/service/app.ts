// TypeScript that Node.js cannot strip: an enum and a parameter property.
import Fastify from 'fastify';
import pg from 'pg';
import { mark } from '../../../support/mark.ts';

enum Color {
  Red = 'red',
}
class Shop {
  constructor(readonly color: Color) {}
}

export async function serve(): Promise<string> {
  const pool = new pg.Pool();
  const app = Fastify({ logger: true, disableRequestLogging: true });
  app.get('/', async (request) => {
    mark('handler');
    request.log.info('handled');
    await pool.query('SELECT 1');
    return new Shop(Color.Red);
  });
  const { body } = await app.inject('/');
  await pool.end();
  await app.close();
  return body;
}
