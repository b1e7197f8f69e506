// The instrumentations of auto-instrumentations-node. To load them takes a fifth of the time that this package adds to a start, and a service
// may use none of them: they wait for the first package that one of them is for.
import { isBuiltin, registerHooks } from 'node:module';
import type { getNodeAutoInstrumentations } from '@opentelemetry/auto-instrumentations-node';
import type { Instrumentation } from '@opentelemetry/instrumentation';
import { supportsSyncHooks } from 'import-in-the-middle/register-hooks.mjs';
import { instrumentationNames, instrumentedPackages } from './instrumentation-names.ts';
import { loadPackage } from './load-package.ts';

type Auto = { getNodeAutoInstrumentations: typeof getNodeAutoInstrumentations };

const autoConfig: NonNullable<Parameters<typeof getNodeAutoInstrumentations>[0]> = {
  // Without these, they write keys and values into the text of a statement.
  '@opentelemetry/instrumentation-ioredis': { dbStatementSerializer: commandOnly },
  '@opentelemetry/instrumentation-redis': { dbStatementSerializer: commandOnly },
  '@opentelemetry/instrumentation-mysql2': { maskStatement: true, maskStatementHook: (statement) => statement },
};

/** @returns whether one of them acts without a package of the application, or with a module of Node.js' own, which is loaded already */
export function areNeededAtStart(names: string[]): boolean {
  return names.some((name) => {
    const packages = instrumentedPackages[name] ?? [];
    if (name === 'aws-lambda') return process.env.LAMBDA_TASK_ROOT !== undefined;
    return packages.length === 0 || packages.some(isBuiltin);
  });
}

/** The names are decided on by the caller: auto-instrumentations-node would complain about `fastify`, which it does not have. */
export function createAutoInstrumentations(names: string[]): Instrumentation[] {
  const environment = process.env;
  process.env = { ...environment };
  delete process.env.OTEL_NODE_ENABLED_INSTRUMENTATIONS;
  delete process.env.OTEL_NODE_DISABLED_INSTRUMENTATIONS;
  try {
    const entries = instrumentationNames.map((each) => {
      const name = `@opentelemetry/instrumentation-${each}` as keyof typeof autoConfig;
      return [name, { ...autoConfig[name], enabled: names.includes(each) }];
    });
    return loadPackage<Auto>('@opentelemetry/auto-instrumentations-node').getNodeAutoInstrumentations(
      Object.fromEntries(entries),
    );
  } finally {
    process.env = environment;
  }
}

/**
 * Calls back once, just before the first of these packages is loaded, whether by `import` or `require`, and from wherever.
 *
 * @returns false where Node.js is too old to tell: before 22.22.3, and 24.0 to 24.11.0
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
        queueMicrotask(() => hooks.deregister()); // it is running
        callback();
      }
      return resolved;
    },
  });
  return true;
}

const packagesFolder = '/node_modules/';

/** The innermost one: pnpm has several of these folders in a path. */
function packageOf(url: string): string | undefined {
  const at = url.lastIndexOf(packagesFolder);
  if (at < 0) return undefined;
  const [first = '', second] = url.slice(at + packagesFolder.length).split('/', 2);
  return first.startsWith('@') ? `${first}/${second}` : first;
}

function commandOnly(command: string): string {
  return command;
}
