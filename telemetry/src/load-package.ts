import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const require = createRequire(import.meta.url);

/**
 * Synchronously loads a package that not every service needs. Loads the file that `import` resolves to, so that the package's own
 * dependencies are not loaded a second time as CommonJS.
 *
 * @param name a dependency of this package
 */
export function loadPackage<Module>(name: string): Module {
  return require(fileURLToPath(import.meta.resolve(name))) as Module;
}
