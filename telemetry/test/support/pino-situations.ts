// Uses of pino that record the arguments of each function, which must be the same with and without instrumentation.
import type { LoggerOptions } from 'pino';
import { hostileValue, randomFrom } from './generated.ts';
import { collect, type Pino } from './pino-versions.ts';

type Note = (...what: unknown[]) => void;
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

/** A logger that records its output. */
function create(pino: Pino, note: Note, options: Any = {}): Any {
  return pino(options as LoggerOptions, { write: (line: string) => note('written', line) });
}

function attempt(note: Note, fn: () => void): void {
  try {
    fn();
  } catch (error) {
    note('thrown', (error as Error).message);
  }
}

export const situations: Record<string, (pino: Pino, note: Note) => void> = {
  'a mixin, its arguments and its logger': (pino, note) => {
    const mixin = (object: Any, level: Any, logger: Any) => {
      note(object, level, logger === child);
      return { mixed: 1 };
    };
    const child = create(pino, note, { mixin }).child({ a: 1 });
    child.info({ b: 2 }, 'text');
  },

  'a mixin together with hooks.streamWrite': (pino, note) => {
    const hooks = { streamWrite: (line: string) => line };
    const mixin = (object: Any, level: Any, self: Any) => {
      note(object, level, self === logger, self[pino.symbols.hooksSym as never] === hooks);
      return {};
    };
    const logger = create(pino, note, { hooks, mixin });
    logger.info({ b: 2 }, 'text');
    note(Reflect.ownKeys(logger).map(String));
  },

  mixinMergeStrategy: (pino, note) => {
    const order = new Order();
    const mixed = { mixed: 1 };
    const mixinMergeStrategy = (object: Any, mixin: Any) => {
      note(object === order, mixin === mixed, mixin);
      return { order, mixed };
    };
    create(pino, note, { mixin: () => mixed, mixinMergeStrategy }).info(order, 'text');
  },

  'formatters.log, given an instance of a class': (pino, note) => {
    const order = new Order();
    const log = (object: Order) => {
      note(object === order, object);
      return { total: object.total };
    };
    create(pino, note, { formatters: { log } }).info(order, 'text');
  },

  'formatters.log, given an object without prototype': (pino, note) => {
    const object = Object.assign(Object.create(null), { a: 1 });
    const log = (given: object) => {
      note(given === object, Object.getPrototypeOf(given));
      return given;
    };
    create(pino, note, { formatters: { log } }).info(object);
  },

  'serializers and toJSON, each called once': (pino, note) => {
    const toJSON = () => {
      note('toJSON');
      return 'as JSON';
    };
    const order = (given: Order) => {
      note('serializer', given);
      return given.id;
    };
    create(pino, note, { serializers: { order } }).info({ order: new Order(), value: { toJSON } }, 'text');
  },

  'getters, called once, also where they throw': (pino, note) => {
    const logger = create(pino, note);
    const get = () => {
      note('get');
      return 1;
    };
    const getAndThrow = () => {
      throw new Error('getter');
    };
    logger.info(Object.defineProperty({}, 'a', { enumerable: true, get }));
    attempt(note, () => logger.info(Object.defineProperty({}, 'a', { enumerable: true, get: getAndThrow })));
  },

  'hooks.logMethod': (pino, note) => {
    function logMethod(this: unknown, args: unknown[], method: (...args: unknown[]) => void, level: number) {
      note(args, level, this === logger);
      method.apply(this, args);
    }
    const logger = create(pino, note, { hooks: { logMethod } });
    logger.warn({ a: 1 }, 'text %s', 'b');
  },

  'hooks.streamWrite, called once for a line, its result written': (pino, note) => {
    function streamWrite(this: unknown, ...args: unknown[]) {
      note(this, ...args);
      return 'the result\n';
    }
    const logger = create(pino, note, { hooks: { streamWrite } });
    logger.info('text');
    logger.child({ a: 1 }).child({ b: 2 }).error('text');
    const child = logger.child({});
    child[pino.symbols.hooksSym as never] = { streamWrite: (line: string) => `of the child: ${line}` };
    child.info('text');
    Object.freeze(logger.child({})).info('text');
  },

  'hooks.streamWrite that throws': (pino, note) => {
    const streamWrite = () => {
      throw new Error('hook');
    };
    attempt(note, () => create(pino, note, { hooks: { streamWrite } }).info('text'));
  },

  'a stream that asks for metadata': (pino, note) => {
    const stream = {
      [Symbol.for('pino.metadata')]: true,
      write(this: Any, line: string) {
        note(line, this.lastLevel, this.lastObj, this.lastMsg, logger === this.lastLogger);
      },
    };
    let logger = pino({}, stream as Any);
    logger.info({ a: 1 }, 'text');
    logger = pino({ hooks: { streamWrite: (line: string) => line } } as Any, stream as Any).child({});
    logger.info({ a: 1 }, 'text');
  },

  'several streams, each with a level of its own': (pino, note) => {
    const { lines, stream } = collect();
    const errors = collect();
    const streams = [
      { level: 'info', stream },
      { level: 'error', stream: errors.stream },
    ] as Any;
    const logger = pino({}, pino.multistream(streams));
    logger.info('text');
    logger.error('text');
    note(...lines, ...errors.lines);
  },

  'a function for the timestamp': (pino, note) => {
    let logger: unknown;
    function timestamp(this: unknown) {
      note(this === logger);
      return ',"at":1';
    }
    logger = create(pino, note, { timestamp, hooks: { streamWrite: (line: string) => line } });
    (logger as Any).info('text');
  },

  'deep, cyclic and large objects': (pino, note) => {
    const cyclic: Any = {};
    cyclic.self = cyclic;
    let deep = {};
    for (let depth = 0; depth < 500; depth += 1) deep = { deep };
    const logger = create(pino, note);
    for (const each of [cyclic, deep, { text: 'x'.repeat(2e6) }, { many: Array(20_000).fill(0) }]) logger.info({ each });
  },

  'generated objects of any kind': (pino, note) => {
    const random = randomFrom(1);
    const logger = create(pino, note);
    for (let count = 0; count < 300; count += 1) {
      attempt(note, () => logger.info({ value: hostileValue(random, { endless: false }) }, 'text'));
    }
  },

  'the shape of a logger, and what pino exports': (pino, note) => {
    const logger = create(pino, note, { name: 'a' }).child({});
    note(Reflect.ownKeys(logger).map(String), Object.keys(Object.getPrototypeOf(logger)));
    note(logger.isLevelEnabled('debug'), logger.level, logger.bindings());
    note(pino.name, pino.length, Object.keys(pino), pino.pino === pino, pino.default === pino);
  },
};
