// What telemetry does once, at its start, must not slow the process down for its lifetime. Speed itself is not tested, only what it depends on.
import { expect, test } from 'vitest';
import { runApplication } from '../support/run-application.ts';

/** Runs in the application before telemetry starts. */
const preload = (source: string) => ['--expose-gc', '--import', `data:text/javascript,${encodeURIComponent(source)}`];

test('one object of process.nextTick() stays alive, so that V8 does not discard their hidden class', async () => {
  const nodeArgs = preload(`
    import { createHook } from 'node:async_hooks';
    globalThis.ticks = [];
    const init = (_id, type, _trigger, resource) => type === 'TickObject' && ticks.push(new WeakRef(resource));
    globalThis.hook = createHook({ init }).enable();
  `);
  const application = runApplication(
    `
    hook.disable();
    for (let collections = 0; collections < 8; collections += 1) await new Promise((resolve) => setTimeout(() => resolve(gc()), 1));
    console.log('alive', ticks.filter((tick) => tick.deref()).length);
    process.exit();
    `,
    { nodeArgs },
  );
  const { stdout } = await application.finished;
  expect(stdout).toContain('alive 1');
});

test('no promise is tracked: V8 would optimize no await from then on', async () => {
  const nodeArgs = preload(`
    import hooks from 'node:async_hooks';
    import { syncBuiltinESMExports } from 'node:module';
    const { createHook } = hooks;
    hooks.createHook = (callbacks) => {
      console.log('tracks promises:', callbacks.trackPromises ?? true);
      return createHook(callbacks);
    };
    syncBuiltinESMExports();
  `);
  const { stdout } = await runApplication('process.exit()', { nodeArgs }).finished;
  expect(stdout).toContain('tracks promises: false');
  expect(stdout).not.toContain('tracks promises: true');
});
