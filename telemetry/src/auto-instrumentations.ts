// The instrumentations of auto-instrumentations-node. Loading them accounts for a fifth of the start-up time that this package adds, and a
// service may not need any of them. They are therefore loaded just before the first package that one of them instruments.
import { isBuiltin, registerHooks } from 'node:module';
import type { getNodeAutoInstrumentations } from '@opentelemetry/auto-instrumentations-node';
import type { Instrumentation } from '@opentelemetry/instrumentation';
import { supportsSyncHooks } from 'import-in-the-middle/register-hooks.mjs';
import { instrumentationNames, instrumentedPackages } from './instrumentation-names.ts';
import { loadPackage } from './load-package.ts';
import { withValidEnvironment } from './settings.ts';

type Auto = { getNodeAutoInstrumentations: typeof getNodeAutoInstrumentations };

const commandOnly = (command: string) => command;

const autoConfig: NonNullable<Parameters<typeof getNodeAutoInstrumentations>[0]> = {
  // By default, these instrumentations include keys and values in the text of a statement.
  '@opentelemetry/instrumentation-ioredis': { dbStatementSerializer: commandOnly },
  '@opentelemetry/instrumentation-redis': { dbStatementSerializer: commandOnly },
  '@opentelemetry/instrumentation-mysql2': { maskStatement: true, maskStatementHook: (statement) => statement },
};

/** @returns whether any of them needs no package of the application, or instruments a built-in module, which is already loaded */
export function areNeededAtStart(names: string[]): boolean {
  return names.some((name) => {
    const packages = instrumentedPackages[name] ?? [];
    if (name === 'aws-lambda') return process.env.LAMBDA_TASK_ROOT !== undefined;
    return packages.length === 0 || packages.some(isBuiltin);
  });
}

/**
 * Hides the variables for enabled and disabled instrumentations, which the caller has already applied to `names`:
 * auto-instrumentations-node would log an error for `fastify`, which it does not know.
 */
export function createAutoInstrumentations(names: string[]): Instrumentation[] {
  return withValidEnvironment(() => {
    delete process.env.OTEL_NODE_ENABLED_INSTRUMENTATIONS;
    delete process.env.OTEL_NODE_DISABLED_INSTRUMENTATIONS;
    const entries = instrumentationNames.map((each) => {
      const name = `@opentelemetry/instrumentation-${each}` as keyof typeof autoConfig;
      return [name, { ...autoConfig[name], enabled: names.includes(each) }];
    });
    return loadPackage<Auto>('@opentelemetry/auto-instrumentations-node').getNodeAutoInstrumentations(
      Object.fromEntries(entries),
    );
  });
}

/**
 * Calls back once, just before any of these packages is first loaded by `import` or `require`.
 *
 * @returns false if Node.js does not support this: before 22.22.3, and 24.0 to 24.11.0
 */
export function beforePackages(packages: string[], callback: () => void): boolean {
  if (!supportsSyncHooks()) return false;
  const awaited = new Set(packages);
  const hooks = registerHooks({
    resolve(specifier, context, nextResolve) {
      const resolved = nextResolve(specifier, context);
      const name = awaited.size > 0 ? packageOf(resolved.url) : undefined;
      if (name !== undefined && awaited.has(name)) {
        awaited.clear();
        queueMicrotask(() => hooks.deregister()); // deferred, because the hook is running
        callback();
      }
      return resolved;
    },
  });
  return true;
}

const packagesFolder = '/node_modules/';

/** Uses the innermost folder, because paths of pnpm contain several. */
function packageOf(url: string): string | undefined {
  const at = url.lastIndexOf(packagesFolder);
  if (at < 0) return undefined;
  const [first = '', second] = url.slice(at + packagesFolder.length).split('/', 2);
  return first.startsWith('@') ? `${first}/${second}` : first;
}
