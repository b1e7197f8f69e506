// A service that ends with an unhandled error or process.exit() while a client keeps sending requests.
import Fastify from 'fastify';
import { sendRequest } from '../../support/client.ts';

const app = Fastify();
app.get('/', async () => 'ok');
app.get('/first', async () => 'first');
const base = await app.listen({ port: 0 });
console.log((await sendRequest(`${base}/first`)).body);

let answered = 0;
let isBroken = false;
process.on('exit', (code) => console.log('exit event', code, 'answered meanwhile', answered > 0));
const client = setInterval(() => void sendRequest(base).then(() => isBroken && answered++), 50);

class OutOfStock extends Error {
  override name = 'OutOfStock';
  details = { item: 7 };
}

const kinds: Record<string, () => unknown> = {
  'throw in a timer': () => {
    throw new OutOfStock('no item 7');
  },
  'throw what is no error': () => {
    throw { reason: 'none' };
  },
  'throw null': () => {
    throw null;
  },
  'error with a cause': () => {
    throw new Error('outer', { cause: new TypeError('inner') });
  },
  'unhandled rejection': () => void Promise.reject(new OutOfStock('no item 7')),
  'unhandled rejection of undefined': () => void Promise.reject(undefined),
  'error event without a listener': async () => {
    const { EventEmitter } = await import('node:events');
    new EventEmitter().emit('error', new OutOfStock('no item 7'));
  },
  'process.exit(3)': () => process.exit(3),
  'process.exit in a request': () => {
    app.server.once('request', () => process.exit(4));
  },
  'process.exitCode': async () => {
    process.exitCode = 5;
    isBroken = false; // it may answer what is in flight
    clearInterval(client);
    await app.close();
  },
  'process.abort by SIGKILL': () => process.kill(process.pid, 'SIGKILL'),
  'a listener that keeps the process alive': async () => {
    process.on('uncaughtException', (error, origin) => console.log('listener', origin, error.message));
    setTimeout(() => process.exit(6), 300);
    throw new OutOfStock('no item 7');
  },
  'a listener that exits': () => {
    process.on('uncaughtException', () => process.exit(8));
    throw new OutOfStock('no item 7');
  },
  'a monitor': () => {
    process.on('uncaughtExceptionMonitor', (error) => console.log('monitor', error.message));
    throw new OutOfStock('no item 7');
  },
  'a listener for rejections': () => {
    process.on('unhandledRejection', (reason) => {
      console.log('listener', String(reason));
      process.exit(9);
    });
    void Promise.reject(new OutOfStock('no item 7'));
  },
  'an exit listener that exits': () => {
    process.on('exit', () => process.exit(12));
    process.exit(0);
  },
  'a listener that throws': () => {
    process.on('uncaughtException', (error) => {
      throw new Error('in the listener', { cause: error });
    });
    throw new OutOfStock('no item 7');
  },
  'a capture callback': () => {
    process.setUncaughtExceptionCaptureCallback((error) => {
      console.log('captured', error.message);
      process.exit(10);
    });
    throw new OutOfStock('no item 7');
  },
  'throw in a request': () => {
    app.server.once('request', () => {
      throw new OutOfStock('no item 7');
    });
  },
  'throw in a tick': () =>
    process.nextTick(() => {
      throw new OutOfStock('no item 7');
    }),
  'stack overflow': () => {
    const again = (n: number): number => again(n + 1) + 1;
    again(0);
  },
  'a domain': async () => {
    const domain = (await import('node:domain')).create();
    domain.on('error', (error) => {
      console.log('domain', error.message);
      process.exit(14);
    });
    domain.run(() =>
      setTimeout(() => {
        throw new OutOfStock('no item 7');
      }),
    );
  },
  'a rejection and an end': async () => {
    isBroken = false;
    clearInterval(client);
    void Promise.reject(new OutOfStock('no item 7'));
    setImmediate(() => void app.close());
  },
  'work before the exit': async () => {
    isBroken = false;
    let times = 0;
    process.on('beforeExit', (code) => {
      console.log('beforeExit', code);
      times += 1;
      if (times < 3) setTimeout(() => {}, 10);
    });
    clearInterval(client);
    await app.close();
  },
  'an exit listener that throws': () => {
    process.on('exit', () => {
      throw new Error('too late');
    });
    process.exit(0);
  },
};
if (process.argv[2] === 'throw at the top level') throw new OutOfStock('no item 7');
if (process.argv[2] === 'a top level that never settles') {
  clearInterval(client);
  await app.close();
  await new Promise(() => {});
}
setTimeout(() => {
  isBroken = true;
  return kinds[process.argv[2] as string]?.();
}, 100);
