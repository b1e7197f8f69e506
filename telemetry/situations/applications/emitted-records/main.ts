// Log records emitted by the application, with bodies that are hard to export.
import { logs } from '@opentelemetry/api';
import Fastify from 'fastify';

const logger = logs.getLogger('application');
const app = Fastify();
const cyclic: Record<string, unknown> = { id: 1 };
cyclic.lines = [{ order: cyclic }];
let deep: object = {};
for (let n = 0; n < 20_000; n++) deep = { deep };
const wide: Record<string, unknown> = {};
for (let n = 0; n < 50_000; n++) wide[`key ${n}`] = n;
const failing = {
  get fails(): string {
    throw new Error('the getter throws');
  },
};
const bodies: Record<string, unknown> = {
  text: 'text',
  none: undefined,
  null: null,
  cyclic,
  deep,
  wide,
  failing,
  bytes: new Uint8Array(1_000_000),
  long: 'x'.repeat(3_000_000),
  bigint: 123456789012345678901234567890n,
  symbol: Symbol('body'),
  function: () => 1,
  date: new Date(0),
  map: new Map([['a', 1]]),
  proxy: new Proxy(
    {},
    {
      ownKeys: () => {
        throw new Error('no keys');
      },
    },
  ),
  polluted: JSON.parse('{"__proto__":{"polluted":true}}'),
  lone: '\ud800',
  'sparse array': Object.assign([], { length: 1_000_000 }),
};
for (const [name, body] of Object.entries(bodies))
  app.get(`/${name.replace(' ', '-')}`, async () => {
    logger.emit({ body: body as never, severityText: name, attributes: { name } });
    logger.emit({ severityText: name, body: 'as an attribute', attributes: { value: body as never } });
    return 'emitted';
  });
for (const name of Object.keys(bodies)) console.log(name, (await app.inject(`/${name.replace(' ', '-')}`)).body);
console.log(({} as { polluted?: boolean }).polluted);
await app.close();
