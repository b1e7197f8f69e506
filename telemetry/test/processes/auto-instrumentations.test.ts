// The instrumentations of auto-instrumentations-node are loaded only when needed, and before the package they instrument.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Instrumentation, InstrumentationModuleDefinition } from '@opentelemetry/instrumentation';
import * as hooks from 'import-in-the-middle/register-hooks.mjs';
import { expect, onTestFinished, test, vi } from 'vitest';
import { areNeededAtStart, beforePackages, createAutoInstrumentations } from '../../src/auto-instrumentations.ts';
import { instrumentationNames, instrumentedPackages } from '../../src/instrumentation-names.ts';
import { instrumentations } from '../../src/instrumentations.ts';
import { runApplication } from '../support/run-application.ts';

vi.mock('import-in-the-middle/register-hooks.mjs', { spy: true });

type Patching = Instrumentation & { getModuleDefinitions(): InstrumentationModuleDefinition[] };

test('every instrumentation is listed with the packages it instruments', () => {
  const all = createAutoInstrumentations(instrumentationNames) as Patching[];
  const packagesOf = (each: Patching) => [...new Set(each.getModuleDefinitions().map(({ name }) => name))].sort();
  for (const each of all) each.disable();
  expect(
    Object.fromEntries(
      all.map((each) => [each.instrumentationName.replace('@opentelemetry/instrumentation-', ''), packagesOf(each)]),
    ),
  ).toEqual(instrumentedPackages);
});

test('a service that uses only Fastify, pino, pg and outgoing requests loads no auto-instrumentation', async () => {
  const source =
    "await import('fastify'); await import('pino'); await import('pg'); await fetch('data:,'); console.log(loaded())";
  expect(await run(source)).toBe('false');
});

test('a package is instrumented whether it is imported or required, by the application or by another package', async () => {
  const files = ['imports.mjs', 'requires.cjs', 'by-library.mjs'];
  const outputs = await Promise.all(files.map((file) => run(`await import('${serviceFile(file)}'); console.log(loaded())`)));
  expect(outputs).toEqual(files.map(() => 'true\ntrue'));
});

test('a package listed in OTEL_NODE_DISABLED_INSTRUMENTATIONS is not instrumented', async () => {
  const env = { OTEL_NODE_DISABLED_INSTRUMENTATIONS: 'dataloader' };
  expect(await run(`await import('${serviceFile('imports.mjs')}'); console.log(loaded())`, env)).toBe('false\nfalse');
});

test('instrumentations for Node.js modules, and those without a package, are loaded at startup', () => {
  for (const name of ['dns', 'fs', 'net', 'host-metrics']) expect(areNeededAtStart(['redis', name])).toBe(true);
  expect(areNeededAtStart(['redis', 'aws-lambda'])).toBe(false);
  vi.stubEnv('LAMBDA_TASK_ROOT', '/var/task');
  onTestFinished(() => void vi.unstubAllEnvs());
  expect(areNeededAtStart(['redis', 'aws-lambda'])).toBe(true);
});

test('on a Node.js without synchronous module hooks, all of them are loaded at startup', () => {
  vi.mocked(hooks.supportsSyncHooks).mockReturnValue(false);
  onTestFinished(() => void vi.mocked(hooks.supportsSyncHooks).mockReset());
  expect(beforePackages(['redis'], () => {})).toBe(false);
  const { all, modules } = instrumentations();
  for (const each of all) each.disable();
  expect(all.map(({ instrumentationName }) => instrumentationName)).toContain('@opentelemetry/instrumentation-redis');
  expect(modules).toContain('redis');
});

/** Creates a service with an instrumented package. @returns one of its files, which print whether the package is instrumented */
function serviceFile(path: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'auto-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const print = 'console.log(DataLoader.prototype.load.__original !== undefined);';
  const files = {
    'node_modules/dataloader/package.json': '{ "name": "dataloader", "version": "2.2.3" }',
    'node_modules/dataloader/index.js':
      'module.exports = class DataLoader { load() {} loadMany() {} prime() {} clear() {} clearAll() {} };',
    'node_modules/library/package.json': '{ "name": "library", "version": "1.0.0" }',
    'node_modules/library/index.js': "module.exports = require('dataloader');",
    'imports.mjs': `import DataLoader from 'dataloader'; ${print}`,
    'requires.cjs': `const DataLoader = require('dataloader'); ${print}`,
    'by-library.mjs': `import DataLoader from 'library'; ${print}`,
  };
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  return pathToFileURL(join(folder, path)).href;
}

/** @param source may call `loaded()`, which tells whether auto-instrumentations-node is loaded */
async function run(source: string, env: Record<string, string> = {}): Promise<string> {
  const preload = `
    import { registerHooks } from 'node:module';
    let isLoaded = false;
    globalThis.loaded = () => isLoaded;
    registerHooks({
      load(url, context, next) {
        isLoaded ||= url.includes('/auto-instrumentations-node/');
        return next(url, context);
      },
    });`;
  const nodeArgs = ['--import', `data:text/javascript,${encodeURIComponent(preload)}`];
  const none = { OTEL_TRACES_EXPORTER: 'none', OTEL_LOGS_EXPORTER: 'none' };
  const { code, stdout, stderr } = await runApplication(source, { env: { ...none, ...env }, nodeArgs }).finished;
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return stdout.trim();
}
