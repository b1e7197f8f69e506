import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const require = createRequire(import.meta.url);

/**
 * Loads a package that not every service needs, at once. As an ES module, as `import` loads it: what it imports itself is then loaded once.
 *
 * @param name of a dependency of this package
 */
export function loadPackage<Module>(name: string): Module {
  return require(fileURLToPath(import.meta.resolve(name))) as Module;
}
