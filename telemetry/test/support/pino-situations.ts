// Uses of pino whose functions note what they get: the same with the instrumentation and without.
import type { LoggerOptions } from 'pino';
import { hostileValue, randomFrom } from './generated.ts';
import { collect, type Pino } from './pino-versions.ts';

export type See = (...what: unknown[]) => void;
type Any = any;

class Order {
  readonly id = 1;
  #total = 2;
  get total() {
    return this.#total;
  }
  toJSON() {
    return { id: this.id };
  }
}

/** A logger that notes what it writes. */
function create(pino: Pino, see: See, options: Any = {}): Any {
  return pino(options as LoggerOptions, { write: (line: string) => see('written', line) });
}

function attempt(see: See, fn: () => void): void {
  try {
    fn();
  } catch (error) {
    see('thrown', (error as Error).message);
  }
}

export const situations: Record<string, (pino: Pino, see: See) => void> = {
  'a mixin, its arguments and its logger': (pino, see) => {
    const mixin = (object: Any, level: Any, logger: Any) => {
      see(object, level, logger === child);
      return { mixed: 1 };
    };
    const child = create(pino, see, { mixin }).child({ a: 1 });
    child.info({ b: 2 }, 'text');
  },

  'a mixin together with hooks.streamWrite': (pino, see) => {
    const hooks = { streamWrite: (line: string) => line };
    const mixin = (object: Any, level: Any, self: Any) => {
      see(object, level, self === logger, self[pino.symbols.hooksSym as never] === hooks);
      return {};
    };
    const logger = create(pino, see, { hooks, mixin });
    logger.info({ b: 2 }, 'text');
    see(Reflect.ownKeys(logger).map(String));
  },

  mixinMergeStrategy: (pino, see) => {
    const order = new Order();
    const mixed = { mixed: 1 };
    const mixinMergeStrategy = (object: Any, mixin: Any) => {
      see(object === order, mixin === mixed, mixin);
      return { order, mixed };
    };
    create(pino, see, { mixin: () => mixed, mixinMergeStrategy }).info(order, 'text');
  },

  'formatters.log, given an instance of a class': (pino, see) => {
    const order = new Order();
    const log = (object: Order) => {
      see(object === order, object);
      return { total: object.total };
    };
    create(pino, see, { formatters: { log } }).info(order, 'text');
  },

  'formatters.log, given an object without prototype': (pino, see) => {
    const object = Object.assign(Object.create(null), { a: 1 });
    const log = (given: object) => {
      see(given === object, Object.getPrototypeOf(given));
      return given;
    };
    create(pino, see, { formatters: { log } }).info(object);
  },

  'serializers and toJSON, each called once': (pino, see) => {
    const toJSON = () => {
      see('toJSON');
      return 'as JSON';
    };
    const order = (given: Order) => {
      see('serializer', given);
      return given.id;
    };
    create(pino, see, { serializers: { order } }).info({ order: new Order(), value: { toJSON } }, 'text');
  },

  'getters, called once, also where they throw': (pino, see) => {
    const logger = create(pino, see);
    const get = () => {
      see('get');
      return 1;
    };
    const getAndThrow = () => {
      throw new Error('getter');
    };
    logger.info(Object.defineProperty({}, 'a', { enumerable: true, get }));
    attempt(see, () => logger.info(Object.defineProperty({}, 'a', { enumerable: true, get: getAndThrow })));
  },

  'hooks.logMethod': (pino, see) => {
    function logMethod(this: unknown, args: unknown[], method: (...args: unknown[]) => void, level: number) {
      see(args, level, this === logger);
      method.apply(this, args);
    }
    const logger = create(pino, see, { hooks: { logMethod } });
    logger.warn({ a: 1 }, 'text %s', 'b');
  },

  'hooks.streamWrite, called once for a line, its result written': (pino, see) => {
    function streamWrite(this: unknown, ...args: unknown[]) {
      see(this, ...args);
      return 'the result\n';
    }
    const logger = create(pino, see, { hooks: { streamWrite } });
    logger.info('text');
    logger.child({ a: 1 }).child({ b: 2 }).error('text');
    const child = logger.child({});
    child[pino.symbols.hooksSym as never] = { streamWrite: (line: string) => `of the child: ${line}` };
    child.info('text');
    Object.freeze(logger.child({})).info('text');
  },

  'hooks.streamWrite that throws': (pino, see) => {
    const streamWrite = () => {
      throw new Error('hook');
    };
    attempt(see, () => create(pino, see, { hooks: { streamWrite } }).info('text'));
  },

  'a stream that asks for metadata': (pino, see) => {
    const stream = {
      [Symbol.for('pino.metadata')]: true,
      write(this: Any, line: string) {
        see(line, this.lastLevel, this.lastObj, this.lastMsg, logger === this.lastLogger);
      },
    };
    let logger = pino({}, stream as Any);
    logger.info({ a: 1 }, 'text');
    logger = pino({ hooks: { streamWrite: (line: string) => line } } as Any, stream as Any).child({});
    logger.info({ a: 1 }, 'text');
  },

  'several streams, each with a level of its own': (pino, see) => {
    const { lines, stream } = collect();
    const errors = collect();
    const streams = [
      { level: 'info', stream },
      { level: 'error', stream: errors.stream },
    ] as Any;
    const logger = pino({}, pino.multistream(streams));
    logger.info('text');
    logger.error('text');
    see(...lines, ...errors.lines);
  },

  'a function for the timestamp': (pino, see) => {
    let logger: unknown;
    function timestamp(this: unknown) {
      see(this === logger);
      return ',"at":1';
    }
    logger = create(pino, see, { timestamp, hooks: { streamWrite: (line: string) => line } });
    (logger as Any).info('text');
  },

  'deep, cyclic and large objects': (pino, see) => {
    const cyclic: Any = {};
    cyclic.self = cyclic;
    let deep = {};
    for (let depth = 0; depth < 500; depth += 1) deep = { deep };
    const logger = create(pino, see);
    for (const each of [cyclic, deep, { text: 'x'.repeat(2e6) }, { many: Array(20_000).fill(0) }]) logger.info({ each });
  },

  'generated objects of any kind': (pino, see) => {
    const random = randomFrom(1);
    const logger = create(pino, see);
    for (let count = 0; count < 300; count += 1) {
      attempt(see, () => logger.info({ value: hostileValue(random, { endless: false }) }, 'text'));
    }
  },

  'the shape of a logger, and what pino exports': (pino, see) => {
    const logger = create(pino, see, { name: 'a' }).child({});
    see(Reflect.ownKeys(logger).map(String), Object.keys(Object.getPrototypeOf(logger)));
    see(logger.isLevelEnabled('debug'), logger.level, logger.bindings());
    see(pino.name, pino.length, Object.keys(pino), pino.pino === pino, pino.default === pino);
  },
};
