// A service with one of the libraries that add signal listeners, or with its own listeners.
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Fastify from 'fastify';
import { sendRequest } from '../../support/client.ts';

const signals = ['SIGTERM', 'SIGINT'] as const;
const libraries: Record<string, () => unknown> = {
  none: () => {},
  'signal-exit 4': async () => (await import('signal-exit')).onExit((code, signal) => console.log('signal-exit 4', code, signal)),
  'signal-exit 3': async () =>
    (await import('signal-exit-3')).default((code: unknown, signal: unknown) => console.log('signal-exit 3', code, signal)),
  'proper-lockfile': async () =>
    (await import('proper-lockfile')).default.lock(import.meta.filename, { lockfilePath: join(tmpdir(), `lock-${process.pid}`) }),
  execa: async () => (await import('execa')).execa('sleep', ['20']).catch((error) => console.log('execa', error.signal)),
  ora: async () => (await import('ora')).default('working').start(),
  'close-with-grace': async () =>
    (await import('close-with-grace')).default({ delay: 5_000 }, async ({ signal }) => {
      console.log('close-with-grace', signal);
      await app.close();
    }),
  'exit-hook': async () => (await import('exit-hook')).default((signal) => console.log('exit-hook', signal)),
  'async-exit-hook': async () =>
    (await import('async-exit-hook')).default((done: () => void) => {
      console.log('async-exit-hook');
      void app.close().then(done);
    }),
  'listener that exits': () => {
    for (const signal of signals) process.on(signal, () => process.exit(7));
  },
  'listener that closes': () => {
    for (const signal of signals) process.on(signal, () => void app.close().then(() => console.log('closed')));
  },
  'listener that waits': () => {
    for (const signal of signals) process.on(signal, () => setTimeout(() => process.exit(), 300));
  },
  'once, then the default': () => {
    for (const signal of signals) process.once(signal, () => setTimeout(() => process.kill(process.pid, signal), 50));
  },
  'once, the default within the listener': () => {
    for (const signal of signals) process.once(signal, () => process.kill(process.pid, signal));
  },
  'prepended listener': () => {
    for (const signal of signals) process.prependListener(signal, () => void app.close().then(() => console.log('closed')));
  },
  'prepended once, beside another': () => {
    for (const signal of signals) {
      process.on(signal, () => setTimeout(() => process.exit(), 50));
      process.prependOnceListener(signal, (...args) => console.log('first', args));
    }
  },
  'events.once': async () => {
    await Promise.race(signals.map((signal) => once(process, signal)));
    await app.close();
    console.log('closed');
    process.exit();
  },
  'listener that ignores': () => {
    for (const signal of signals) process.on(signal, (name) => console.log('ignored', name));
    setTimeout(() => process.exit(11), 1_500);
  },
  'emitted by the application': () => {
    for (const signal of signals) {
      process.once(signal, (name) => console.log('emitted', name));
      process.emit(signal, signal);
    }
  },
  'request in flight': () => {
    void sendRequest(`${base}/never`);
  },
  'added and removed': () => {
    for (const signal of signals) {
      const listener = () => console.log('removed listener called');
      process.on(signal, listener);
      process.off(signal, listener);
      process.removeAllListeners(signal);
    }
  },
};

const app = Fastify();
app.get('/', async () => 'ok');
app.get('/never', () => new Promise(() => {}));
const base = await app.listen({ port: 0 });
console.log((await sendRequest(base)).body);
void libraries[process.argv[2] as string]?.();
process.on('exit', (code) => console.log('exit event', code, process.exitCode));
await new Promise((resolve) => setTimeout(resolve, 300)); // the library is loaded
console.log(signals.map((signal) => [signal, process.listenerCount(signal)]).join());
console.log('ready');
