// Lets instrumentations patch the ES modules that an application imports. import-in-the-middle wraps only the modules to be instrumented.
import {
  createRequire,
  isBuiltin,
  type LoadHookSync,
  type ResolveHookSync,
  register,
  registerHooks,
  syncBuiltinESMExports,
} from 'node:module';
// @ts-expect-error the module has no type declarations, see Hook
import { createHook } from 'import-in-the-middle/create-hook.mjs';
import { supportsSyncHooks } from 'import-in-the-middle/register-hooks.mjs';

const hookPath = 'import-in-the-middle/hook.mjs';

interface Hook {
  applyOptions(options: { include: RegExp[] }): void;
  resolveSync: ResolveHookSync;
  loadSync: LoadHookSync;
}

/**
 * Call this once, after the instrumentations are enabled and before the application is loaded: a second hook would wrap each module twice.
 *
 * @param names the modules to patch: packages and built-in modules
 */
export function instrumentEsModules(names: string[]): void {
  patchBuiltins(names.filter(isBuiltin));
  if (isLoaderGiven()) return;
  const include = names.filter((name) => !isBuiltin(name)).map(patternOf);
  if (supportsSyncHooks()) registerSyncHooks(include);
  else register(hookPath, import.meta.url, { data: { include } });
}

/**
 * Does what import-in-the-middle/register-hooks.mjs does, but hides `require()` calls from the hook. The hook resolves a module's re-exports
 * with the resolver of its most recent call. If that call was a `require()`, resolution fails and the hook emits a process warning.
 */
function registerSyncHooks(include: RegExp[]): void {
  const hook: Hook = createHook({ url: import.meta.resolve(hookPath) });
  hook.applyOptions({ include });
  const resolve: ResolveHookSync = (specifier, context, nextResolve) => {
    const isRequired = context.parentURL !== undefined && context.conditions.includes('require');
    return isRequired ? nextResolve(specifier, context) : hook.resolveSync(specifier, context, nextResolve);
  };
  registerHooks({ resolve, load: hook.loadSync });
}

/** Named imports of a built-in module are copies of the object that `require` returns, so they must be synchronized after it is patched. */
function patchBuiltins(names: string[]): void {
  const require = createRequire(import.meta.url);
  for (const name of names) require(name);
  if (names.length > 0) syncBuiltinESMExports();
}

/** Whether the same hook is already registered by a command line flag, as OpenTelemetry's guides recommend. */
function isLoaderGiven(): boolean {
  const flags = [...process.execArgv, process.env.NODE_OPTIONS ?? ''].join(' ');
  return /(import-in-the-middle|@opentelemetry\/instrumentation)\/hook\.mjs/.test(flags);
}

/** Matches all files of a package. */
function patternOf(name: string): RegExp {
  return new RegExp(`/node_modules/${name.replaceAll('.', '\\.')}/`);
}
