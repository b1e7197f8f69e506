// Loaded before the service by `fastify-otlp doctor`. It observes: nothing is instrumented by it, and no package is loaded.
import { renameSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { isMainThread } from 'node:worker_threads';
import { readPackage } from '../nearest-package.ts';
import { type DoctorReport, type LoadedPackage, reportParameter } from './doctor-report.ts';
import { isLauncher } from './launchers.ts';

const instrumented = ['fastify', 'pg', 'pino', 'undici'];
const intervalMs = 50;
/** A service may listen before it has loaded all of its plugins. */
const settledMs = 500;

/** https://github.com/open-telemetry/opentelemetry-js/blob/main/api/src/internal/global-utils.ts */
const apiKey = Symbol.for('opentelemetry.js.api.1');
const { cache } = createRequire(import.meta.url);

/** By the folder of the package, in the order in which they were loaded. */
function loadedPackages(): LoadedPackage[] {
  const found = new Map<string, LoadedPackage>();
  for (const file of Object.keys(cache)) {
    const [, path, name] = /^(.*[\\/]node_modules[\\/]((?:@[^\\/]+[\\/])?[^\\/]+))[\\/]/.exec(file) ?? [];
    if (!path || !name || found.has(path)) continue;
    found.set(path, {
      name: name.replace('\\', '/'),
      version: readPackage(join(path, 'package.json')).version ?? 'of an unknown version',
      path,
    });
  }
  return [...found.values()];
}

function observe(path: string): void {
  let api: Record<string, unknown> | undefined;
  let loadedBefore: string[] | undefined;
  const loadedNow = () => loadedPackages().filter(({ name }) => instrumented.includes(name));
  Object.defineProperty(globalThis, apiKey, {
    configurable: true,
    enumerable: false,
    get: () => api,
    set: (value) => {
      api = value;
      loadedBefore ??= loadedNow().map(({ name }) => name);
    },
  });

  function report(isListening: boolean): void {
    const loaded = loadedNow();
    const content: DoctorReport = {
      node: process.versions.node,
      isListening,
      isStarted: api?.trace !== undefined,
      loadedBefore: api?.trace === undefined ? loaded.map(({ name }) => name) : (loadedBefore ?? []),
      loaded,
      apis: loadedPackages().filter(({ name }) => name === '@opentelemetry/api'),
      environment: Object.fromEntries(Object.entries(process.env).filter(([name]) => name.startsWith('OTEL_'))) as Record<
        string,
        string
      >,
    };
    writeFileSync(`${path}.draft`, JSON.stringify(content));
    renameSync(`${path}.draft`, path);
  }

  const onExit = () => report(false);
  process.once('exit', onExit);
  const timer = setInterval(() => {
    if (!process.getActiveResourcesInfo().includes('TCPServerWrap')) return;
    clearInterval(timer);
    process.off('exit', onExit);
    setTimeout(() => report(true), settledMs).unref();
  }, intervalMs).unref();
}

if (isMainThread && !isLauncher(process.argv[1])) {
  const path = new URL(import.meta.url).searchParams.get(reportParameter);
  if (path) observe(path);
}
