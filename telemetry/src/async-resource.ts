import { createHook } from 'node:async_hooks';

/** @returns the resource of this type that Node.js creates while `create` runs, which nothing else gives access to; undefined if there is none */
export function resourceOf(type: string, create: () => void): object | undefined {
  let found: object | undefined;
  const hook = createHook({
    init(_id, each, _trigger, resource) {
      if (each === type) found = resource;
    },
    trackPromises: false, // otherwise V8 optimizes no `await` in this process any more, even after disable()
  });
  hook.enable();
  try {
    create();
  } finally {
    hook.disable();
  }
  return found;
}
