// Imported packages are instrumented on every supported version of Node.js, and wrapped once.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import * as module from 'node:module';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { supportsSyncHooks } from 'import-in-the-middle/register-hooks.mjs';
import { beforeEach, expect, test, vi } from 'vitest';
import { instrumentEsModules } from '../src/es-modules.ts';

const hook = vi.hoisted(() => ({ applyOptions: vi.fn(), resolveSync: vi.fn(() => ({ url: 'wrapped' })), loadSync: vi.fn() }));
vi.mock('import-in-the-middle/create-hook.mjs', () => ({ createHook: () => hook }));
vi.mock('import-in-the-middle/register-hooks.mjs', () => ({ supportsSyncHooks: vi.fn(() => true) }));
vi.mock('node:module', async (original) => ({
  ...(await original<typeof module>()),
  register: vi.fn(),
  registerHooks: vi.fn(),
}));

beforeEach(() => {
  vi.clearAllMocks();
  vi.unstubAllEnvs();
});

function isIncluded(patterns: unknown, url: string): boolean {
  return (patterns as RegExp[]).some((pattern) => pattern.test(url));
}

const urls: [string, boolean][] = [
  ['file:///app/node_modules/socket.io/dist/index.js', true],
  ['file:///app/node_modules/.pnpm/pg@8.23.1/node_modules/pg/lib/index.js', true],
  ['file:///C:/app/node_modules/@redis/client/index.js', true],
  ['file:///app/node_modules/socketXio/index.js', false],
  ['file:///app/node_modules/pg-pool/index.js', false],
  ['file:///app/main.js', false],
];

test('only files of the given packages are wrapped', async () => {
  instrumentEsModules(['pg', 'socket.io', '@redis/client', 'os']);
  const include = hook.applyOptions.mock.calls[0]?.[0].include;
  for (const [url, isExpected] of urls) expect([url, isIncluded(include, url)]).toEqual([url, isExpected]);
  expect(module.register).not.toHaveBeenCalled();
});

test('on a Node.js without synchronous module hooks, the loader thread is used with the same list', async () => {
  vi.mocked(supportsSyncHooks).mockReturnValueOnce(false);
  instrumentEsModules(['pg', 'socket.io', '@redis/client', 'os']);
  expect(module.registerHooks).not.toHaveBeenCalled();
  const [path, , options] = vi.mocked(module.register).mock.calls[0] as unknown as [
    string,
    string,
    { data: { include: RegExp[] } },
  ];
  expect(path).toBe('import-in-the-middle/hook.mjs');
  for (const [url, isExpected] of urls) expect([url, isIncluded(options.data.include, url)]).toEqual([url, isExpected]);
});

test('require() bypasses the hook, which would resolve re-exports with the wrong conditions', async () => {
  instrumentEsModules(['pg']);
  const resolve = vi.mocked(module.registerHooks).mock.calls[0]?.[0].resolve as module.ResolveHookSync;
  const native = { url: 'native' };
  const resolveAs = (condition: string, parentURL: string | undefined) =>
    resolve('./a.js', { conditions: ['node', condition], importAttributes: {}, parentURL }, () => native);
  expect(resolveAs('require', 'file:///app/main.js')).toBe(native);
  expect(hook.resolveSync).not.toHaveBeenCalled();
  expect(resolveAs('import', 'file:///app/main.js')).toEqual({ url: 'wrapped' });
  expect(resolveAs('require', undefined)).toEqual({ url: 'wrapped' }); // the entry point, which it leaves alone
});

test.each(['import-in-the-middle/hook.mjs', '@opentelemetry/instrumentation/hook.mjs'])(
  'no second hook is registered when a flag already loads %s',
  async (path) => {
    vi.stubEnv('NODE_OPTIONS', `--experimental-loader=${path}`);
    instrumentEsModules(['pg']);
    expect(module.registerHooks).not.toHaveBeenCalled();
  },
);

test('a named import of a Node.js module sees the patch of an instrumentation', async () => {
  const preload = `
    import 'node:os'; // its named exports are copied now
    import { InstrumentationBase, InstrumentationNodeModuleDefinition } from '@opentelemetry/instrumentation';
    import { instrumentEsModules } from '${new URL('../src/es-modules.ts', import.meta.url)}';
    new (class extends InstrumentationBase {
      constructor() { super('os', '1', {}); }
      init() {
        return new InstrumentationNodeModuleDefinition('os', ['*'], (os) => {
          this._wrap(os, 'hostname', (original) => () => 'patched ' + typeof original());
          return os;
        });
      }
    })();
    instrumentEsModules(['os']);`;
  const script = "import os, { hostname } from 'node:os'; console.log(hostname(), os.hostname())";
  const preloadUrl = `data:text/javascript,${encodeURIComponent(preload.replaceAll("'@opentelemetry/instrumentation'", `'${import.meta.resolve('@opentelemetry/instrumentation')}'`))}`;
  const child = spawn(process.execPath, ['--import', preloadUrl, '--input-type=module', '--eval', script], {
    cwd: fileURLToPath(new URL('..', import.meta.url)),
  });
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  expect({ stdout, stderr }).toEqual({ stdout: 'patched string patched string\n', stderr: '' });
});
