// A service with one of the libraries that listen for signals, or with listeners of its own.
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Fastify from 'fastify';
import { ask } from '../../support/client.ts';

const signals = ['SIGTERM', 'SIGINT'] as const;
const libraries: Record<string, () => unknown> = {
  none: () => {},
  'signal-exit 4': async () => (await import('signal-exit')).onExit((code, signal) => console.log('signal-exit 4', code, signal)),
  'signal-exit 3': async () =>
    (await import('signal-exit-3')).default((code: unknown, signal: unknown) => console.log('signal-exit 3', code, signal)),
  'proper-lockfile': async () => (await import('proper-lockfile')).default.lock(mkdtempSync(join(tmpdir(), 'lock-'))),
  execa: async () => (await import('execa')).execa('sleep', ['20']).catch((error) => console.log('execa', error.signal)),
  ora: async () => (await import('ora')).default('working').start(),
  'close-with-grace': async () =>
    (await import('close-with-grace')).default({ delay: 5_000 }, async ({ signal }) => {
      console.log('close-with-grace', signal);
      await app.close();
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
const base = await app.listen({ port: 0 });
console.log((await ask(base)).body);
void libraries[process.argv[2] as string]?.();
process.on('exit', (code) => console.log('exit event', code, process.exitCode));
await new Promise((resolve) => setTimeout(resolve, 300)); // the library is loaded
console.log(signals.map((signal) => [signal, process.listenerCount(signal)]).join());
console.log('ready');
