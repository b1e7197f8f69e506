// Values masked in a line are masked in the exported record.
import Fastify from 'fastify';
import pino from 'pino';

const write = (line: string) => void process.stdout.write(line);
const variants: Record<string, pino.LoggerOptions> = {
  redact: { redact: ['card', 'user.password', 'headers["x-token"]', 'items[*].secret'] },
  remove: { redact: { paths: ['card', 'user.password', 'headers["x-token"]', 'items[*].secret'], remove: true } },
  censor: {
    redact: {
      paths: ['card', 'user.password', 'headers["x-token"]', 'items[*].secret'],
      censor: (value) => `${String(value).length} hidden`,
    },
  },
  serializers: { serializers: { card: () => 'card', user: ({ name }) => ({ name }), headers: () => ({}), items: () => 2 } },
  streamWrite: { hooks: { streamWrite: (line) => line.replaceAll(/secret-\w+/g, '****') } },
  'streamWrite and redact': { redact: ['card'], hooks: { streamWrite: (line) => line.replaceAll(/secret-\w+/g, '****') } },
  logMethod: {
    hooks: {
      logMethod(_args, method) {
        method.apply(this, [{ hidden: true }, 'nothing to see']);
      },
    },
  },
  formatter: { formatters: { log: ({ item }) => ({ item }) } },
};
const app = Fastify();
for (const [name, options] of Object.entries(variants)) {
  const logger = pino({ ...options, base: null, timestamp: false }, { write });
  app.get(`/${name.replaceAll(' ', '-')}`, async () => {
    logger.info(
      {
        item: 7,
        card: 'secret-card',
        user: { name: 'ann', password: 'secret-password' },
        headers: { 'x-token': 'secret-token' },
        items: [{ secret: 'secret-item' }, { secret: 'secret-item' }],
      },
      name.startsWith('streamWrite') ? 'paid with secret-card' : 'paid',
    );
    // neither hook sees the bindings of a child logger
    const bound = name === 'logMethod' || name === 'formatter' ? {} : { card: 'secret-card' };
    logger.child({ ...bound, bound: 'child' }).info('from a child');
    return 'ok';
  });
}
for (const name of Object.keys(variants)) await app.inject(`/${name.replaceAll(' ', '-')}`);
await app.close();
