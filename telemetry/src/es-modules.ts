// Lets the instrumentations patch what an application imports: import-in-the-middle wraps the modules they are for, and no others.
import {
  createRequire,
  isBuiltin,
  type LoadHookSync,
  type ResolveHookSync,
  register,
  registerHooks,
  syncBuiltinESMExports,
} from 'node:module';
// @ts-expect-error it has no declarations: see Hook
import { createHook } from 'import-in-the-middle/create-hook.mjs';
import { supportsSyncHooks } from 'import-in-the-middle/register-hooks.mjs';

const hookPath = 'import-in-the-middle/hook.mjs';

interface Hook {
  applyOptions(options: { include: RegExp[] }): void;
  resolveSync: ResolveHookSync;
  loadSync: LoadHookSync;
}

/** Shared by all copies of this package: two hooks would wrap each module twice. */
const registered = Symbol.for('telemetry.es-modules');
const state = globalThis as { [registered]?: boolean };

/**
 * Call this once the instrumentations are enabled, and before the application is loaded. Later calls do nothing.
 *
 * @param names the modules that are patched: packages, and modules of Node.js' own
 */
export function instrumentEsModules(names: string[]): void {
  if (state[registered]) return;
  state[registered] = true;
  patchBuiltins(names.filter(isBuiltin));
  if (isLoaderGiven()) return;
  const include = names.filter((name) => !isBuiltin(name)).map(patternOf);
  if (supportsSyncHooks()) registerSyncHooks(include);
  else register(hookPath, import.meta.url, { data: { include } });
}

/**
 * As import-in-the-middle/register-hooks.mjs does, but its hook never sees a `require()`. It resolves the re-exports of a module with the
 * resolver it was called with last: if that was the one of `require()`, they are not found, which it reports as a warning of the process.
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

/** Named imports of Node.js' own modules are copies of what `require` returns: patched there, they are updated from it. */
function patchBuiltins(names: string[]): void {
  const require = createRequire(import.meta.url);
  for (const name of names) require(name);
  if (names.length > 0) syncBuiltinESMExports();
}

/** OpenTelemetry's guides register the same hook by a flag. */
function isLoaderGiven(): boolean {
  const flags = [...process.execArgv, process.env.NODE_OPTIONS ?? ''].join(' ');
  return /(import-in-the-middle|@opentelemetry\/instrumentation)\/hook\.mjs/.test(flags);
}

/** All files of a package. */
function patternOf(name: string): RegExp {
  return new RegExp(`/node_modules/${name.replaceAll('.', '\\.')}/`);
}
