// The command `fastify-otlp dev`.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { findPackageJSON } from 'node:module';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, onTestFinished, test, vi } from 'vitest';
import { freePort } from '../../../test/support/free-port.ts';
import { isLauncher } from '../../src/dev/launchers.ts';
import { viewerPackage } from '../../src/dev/versions.ts';
import { packTarball } from '../support/tarball.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const main = join(root, 'telemetry/src/dev/main.ts');
const viewer = dirname(findPackageJSON(viewerPackage.name, join(root, 'local/package.json')) ?? '');
const anyPorts = ['--port', '0', '--grpc-port', '0', '--http-port', '0'];
const folder = mkdtempSync(join(tmpdir(), 'dev-'));
afterAll(() => rmSync(folder, { recursive: true }));

const fastifyService = `
  import Fastify from 'fastify';
  const app = Fastify({ logger: true });
  app.get('/hello/:name', async () => 'hello');
  await app.listen({ port: Number(process.env.PORT ?? 0), host: '127.0.0.1' });
  console.log('listening on ' + app.server.address().port);
  process.once('SIGTERM', () => app.close());
`;

/** A folder with an application in app.js, and the viewer among its packages. */
function createService(
  app: string,
  { hasViewer = true, files = {} }: { hasViewer?: boolean; files?: Record<string, string> } = {},
) {
  const service = mkdtempSync(join(folder, 'service-'));
  mkdirSync(join(service, 'node_modules'));
  const manifest = { name: 'shop', version: '1.2.3', type: 'module', scripts: { start: 'node app.js' } };
  symlinkSync(join(root, 'node_modules/fastify'), join(service, 'node_modules/fastify'));
  if (hasViewer) symlinkSync(viewer, join(service, 'node_modules', viewerPackage.name));
  for (const [path, content] of Object.entries({ 'app.js': app, 'package.json': JSON.stringify(manifest), ...files })) {
    mkdirSync(dirname(join(service, path)), { recursive: true });
    writeFileSync(join(service, path), content);
  }
  return service;
}

interface Command {
  process: ChildProcess;
  stdout(): string;
  stderr(): string;
  /** Resolves when the command has exited; its output may still be open. */
  ended: Promise<unknown>;
  finished: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
}

/** Runs the command until the test ends at the latest. */
function run(
  args: string[],
  { cwd = folder, env = {}, script = main }: { cwd?: string; env?: NodeJS.ProcessEnv; script?: string } = {},
) {
  const { PATH } = process.env;
  const options = { cwd, env: { PATH, HOME: folder, ...env }, stdio: 'pipe', detached: true } as const;
  const child = spawn(process.execPath, [script, ...args], options);
  onTestFinished(() => killIfAlive(-(child.pid as number))); // with all that it has started
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  const finished: Command['finished'] = new Promise((resolve) =>
    child.once('close', (code, signal) => resolve({ code, signal })),
  );
  return { process: child, stdout: () => stdout, stderr: () => stderr, ended: once(child, 'exit'), finished };
}

function killIfAlive(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {} // it has ended
}

function dev(
  service: string,
  command: string[],
  { options = anyPorts, env = {} }: { options?: string[]; env?: NodeJS.ProcessEnv } = {},
) {
  return run(['dev', ...options, '--', ...command], { cwd: service, env });
}

const waitLong = { timeout: 60_000, interval: 50 };

/** Waits for the first match of a pattern in the output. */
function printed(read: () => string, pattern: RegExp): Promise<string> {
  return vi.waitFor(() => {
    const [, found] = pattern.exec(read()) ?? [];
    if (found === undefined) throw new Error(`no ${pattern} in ${read()}`);
    return found;
  }, waitLong);
}

const viewerAddress = (command: Command) => printed(command.stderr, /traces and logs are at (http:\S+)/);
const servicePort = (command: Command) => printed(command.stdout, /listening on (\d+)/);

async function spansIn(address: string): Promise<{ name: string; service: string }[]> {
  const { traces } = (await (await fetch(`${address}/v1/traces`)).json()) as any;
  return traces.flatMap(({ spans, service }: any) =>
    spans.map((span: any) => ({ name: span.name, service: span.attributes?.['service.name'] ?? service })),
  );
}

test.each<[string, string[], NodeJS.ProcessEnv]>([
  ['node', ['node', 'app.js'], {}],
  ['npm', ['npm', 'start'], {}],
  [
    'environment variables that set other exporters, samplers and proxies',
    ['node', 'app.js'],
    {
      OTEL_SDK_DISABLED: 'true',
      OTEL_TRACES_EXPORTER: 'none',
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9',
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://127.0.0.1:9/v1/traces',
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
      OTEL_TRACES_SAMPLER: 'always_off',
      http_proxy: 'http://127.0.0.1:9',
      no_proxy: 'example.com',
    },
  ],
  ["the service's .env file", ['node', '--env-file=.env', 'app.js'], {}],
])('traces of a service started with %s reach the viewer', async (_, command, env) => {
  const files = {
    '.env': 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=http://127.0.0.1:9\nOTEL_EXPORTER_OTLP_TRACES_PROTOCOL=http/json\n',
  };
  const running = dev(createService(fastifyService, { files }), command, { env });
  const address = await viewerAddress(running);
  await fetch(`http://127.0.0.1:${await servicePort(running)}/hello/you`);
  await vi.waitFor(async () => expect((await spansIn(address)).map(({ name }) => name)).toContain('GET /hello/:name'), waitLong);
  expect(running.stdout()).not.toContain('fastify-otlp:');
});

test('traces and logs carry the name from the package.json of the service', async () => {
  const running = dev(createService(fastifyService), ['node', 'app.js']);
  const address = await viewerAddress(running);
  await fetch(`http://127.0.0.1:${await servicePort(running)}/hello/you`);
  await vi.waitFor(async () => {
    const query = {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: '', limit: 50 }),
    };
    for (const signal of ['traces', 'logs']) {
      const response = await fetch(`${address}/api/query/${signal}`, query);
      expect(await response.text()).toContain('"shop"');
    }
  }, waitLong);
});

test.each([
  ['exit code 0', 'process.exit(0)', { code: 0, signal: null }],
  ['exit code 7', 'process.exit(7)', { code: 7, signal: null }],
  ['an uncaught error', 'throw new Error("of the service")', { code: 1, signal: null }],
  ['SIGKILL', 'process.kill(process.pid, "SIGKILL")', { code: null, signal: 'SIGKILL' }],
  ['SIGTERM', 'process.kill(process.pid, "SIGTERM"); setInterval(() => {}, 1000)', { code: null, signal: 'SIGTERM' }],
])('the command ends like the service: %s', async (_, app, expected) => {
  expect(await dev(createService(app), ['node', 'app.js']).finished).toEqual(expected);
});

test.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)(
  '%s reaches the service once, and the command exits after the service',
  async (signal) => {
    const app = `
    let count = 0;
    process.on('${signal}', () => { count++; setTimeout(() => { console.log('got ' + count); process.exit(3); }, 300); });
    setInterval(() => {}, 1000);
    console.log('listening on 0');
  `;
    const running = dev(createService(app), ['node', 'app.js']);
    await servicePort(running);
    running.process.kill(signal);
    expect(await running.finished).toEqual({ code: 3, signal: null });
    expect(running.stdout()).toContain('got 1\n');
  },
);

test('a signal also ends a service started through npm, which does not forward it', async () => {
  const app = 'console.log("listening on " + process.pid); setInterval(() => {}, 1000);';
  const running = dev(createService(app), ['npm', 'start']);
  const pid = Number(await servicePort(running));
  running.process.kill('SIGTERM');
  await running.ended;
  await vi.waitFor(() => expect(() => process.kill(pid, 0)).toThrow('ESRCH'), waitLong);
});

test('a process that the service detached gets no signal', async () => {
  const daemon = `
    import { writeFileSync } from 'node:fs';
    let count = 0;
    process.on('SIGTERM', () => { count++; });
    process.on('SIGUSR2', () => { writeFileSync('count', String(count)); process.exit(); });
    setInterval(() => {}, 1000);
    console.log('listening on ' + process.pid);
  `;
  const app = `
    import { spawn } from 'node:child_process';
    spawn(process.execPath, ['daemon.js'], { detached: true, stdio: ['ignore', 'inherit', 'ignore'], env: {} });
    setInterval(() => {}, 1000);
  `;
  const service = createService(app, { files: { 'daemon.js': daemon } });
  const running = dev(service, ['npm', 'start']);
  const pid = Number(await servicePort(running));
  onTestFinished(() => killIfAlive(pid));
  running.process.kill('SIGTERM');
  await running.ended;
  process.kill(pid, 'SIGUSR2');
  const count = () => readFileSync(join(service, 'count'), 'utf8');
  await vi.waitFor(() => expect(count()).toBe('0'), waitLong);
});

test('NODE_OPTIONS are preserved, and the modules they preload are instrumented', async () => {
  const app = 'console.log(process.noDeprecation, globalThis.wasStarted)';
  const files = { 'first.mjs': 'globalThis.wasStarted = globalThis[Symbol.for("telemetry.started")];' };
  const env = { NODE_OPTIONS: '--no-deprecation --import=./first.mjs' };
  const running = dev(createService(app, { files }), ['node', 'app.js'], { env });
  await running.finished;
  expect(running.stdout()).toBe('true true\n');
});

test('a launcher is not instrumented, but the service it starts is', async () => {
  const report = 'globalThis[Symbol.for("telemetry.started")] === true';
  const files = {
    'node_modules/nodemon/package.json': '{"name":"nodemon"}',
    'node_modules/nodemon/bin/cli.cjs': `
      console.log('launcher', ${report});
      require('node:child_process').spawn('node', ['app.js'], { stdio: 'inherit' });
    `,
  };
  const running = dev(createService(`console.log('service', ${report})`, { files }), [
    'node',
    'node_modules/nodemon/bin/cli.cjs',
  ]);
  await running.finished;
  expect(running.stdout()).toBe('launcher false\nservice true\n');
});

test('a launcher is recognized through its symlink in node_modules/.bin', () => {
  const service = createService('', {
    files: { 'node_modules/tsx/package.json': '{"name":"tsx"}', 'node_modules/tsx/dist/cli.mjs': '' },
  });
  mkdirSync(join(service, 'node_modules/.bin'));
  symlinkSync('../tsx/dist/cli.mjs', join(service, 'node_modules/.bin/tsx'));
  expect(isLauncher(join(service, 'node_modules/.bin/tsx'))).toBe(true);
  expect(isLauncher(join(service, 'app.js'))).toBe(false);
  expect(isLauncher(undefined)).toBe(false);
});

test.each(['--port', '--grpc-port', '--http-port'])(
  'the error for a port in use names the process that holds it and %s',
  async (option) => {
    const received: unknown[] = [];
    const other = createServer((socket) => void socket.on('data', (chunk) => received.push(chunk)).on('error', () => {}));
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void other.close());
    const { port } = other.address() as AddressInfo;
    const options = [...anyPorts, option, String(port)];
    const running = dev(createService('console.log("started")'), ['node', 'app.js'], { options });
    expect(await running.finished).toEqual({ code: 1, signal: null });
    expect(running.stderr()).toMatch(
      new RegExp(`^fastify-otlp: port ${port} is in use by .+ Stop it, or choose another port: ${option} \\d+\n$`),
    );
    if (existsSync('/proc/self/stat')) expect(running.stderr()).toContain(`(process ${process.pid})`);
    expect(running.stdout()).toBe('');
    expect(received).toEqual([]);
  },
);

test("a service that listens on the viewer's port gets it, and the viewer moves to the OTLP/HTTP port", async () => {
  const [pages, http] = [await freePort(), await freePort()];
  const options = ['--port', String(pages), '--grpc-port', '0', '--http-port', String(http)];
  const running = dev(createService(fastifyService), ['node', 'app.js'], { options, env: { PORT: String(pages) } });
  expect(await servicePort(running)).toBe(String(pages));
  expect(await (await fetch(`http://127.0.0.1:${pages}/hello/you`)).text()).toBe('hello');
  const address = await printed(running.stderr, /the service uses port \d+: its traces and logs are at (\S+)/);
  expect(address).toBe(`http://localhost:${http}`);
  await vi.waitFor(async () => expect((await spansIn(address)).map(({ name }) => name)).toContain('GET /hello/:name'), waitLong);
});

test('the viewer is served on localhost and loads nothing from other hosts', async () => {
  const address = await viewerAddress(dev(createService('setInterval(() => {}, 1000)'), ['node', 'app.js']));
  const response = await fetch(address);
  expect(await response.text()).toContain('<html');
  expect(response.headers.get('content-security-policy')).toMatch(/^default-src 'self';/);
  expect(response.headers.get('content-security-policy')).not.toMatch(/https?:|\*/);
});

test.each<[string, string[], number, RegExp]>([
  ['no arguments', [], 2, /command missing\. Example: fastify-otlp dev -- node app\.js/],
  ['an unknown command', ['start'], 2, /unknown command "start"/],
  ['no command', ['dev'], 2, /the command that starts the service is missing/],
  ['no command after --', ['dev', '--'], 2, /the command that starts the service is missing/],
  ['an unknown option', ['dev', '--color', '--', 'node'], 2, /Unknown option '--color'\. Example/],
  ['a port that is not a number', ['dev', '--port', 'x', 'node'], 2, /--port must be a port from 0 to 65535, not "x"/],
  ['a port that is too high', ['dev', '--grpc-port=65536', 'node'], 2, /--grpc-port must be a port/],
  ['the same port twice', ['dev', '--grpc-port', '4318', 'node'], 2, /port 4318 is both/],
])('invalid arguments print one clear sentence: %s', async (_, args, code, sentence) => {
  const running = run(args);
  expect(await running.finished).toEqual({ code, signal: null });
  expect(running.stderr()).toMatch(sentence);
  expect(running.stderr().trim().split('\n')).toHaveLength(1);
});

test.each<[string, string[], number, string]>([
  ['does not exist', ['nothing-of-this-name'], 127, 'cannot run "nothing-of-this-name": command not found'],
  ['is a script', ['./app.js'], 126, 'Did you mean: fastify-otlp dev -- node ./app.js'],
  ['is a script without a path', ['app.js'], 127, 'Did you mean: fastify-otlp dev -- node app.js'],
])(
  'a command that %s exits with the code a shell would use and prints one clear sentence',
  async (_, command, code, sentence) => {
    const running = dev(createService(''), command);
    expect(await running.finished).toEqual({ code, signal: null });
    expect(running.stderr()).toContain(sentence);
    expect(running.stderr()).not.toMatch(/^\s+at /m);
  },
);

test.each([
  [['--help'], /^Usage: fastify-otlp dev \[options\] -- command/],
  [['dev', '-h'], /--grpc-port <port>/],
  [['--version'], /^\d+\.\d+\.\d+\n$/],
])('%j prints to stdout', async (args, expected) => {
  const running = run(args);
  expect(await running.finished).toEqual({ code: 0, signal: null });
  expect(running.stdout()).toMatch(expected);
  expect(running.stderr()).toBe('');
});

test('options of the service are not parsed as options of the command, with or without --', async () => {
  const running = run(['dev', ...anyPorts, 'node', 'app.js', '--port', 'x', '--help'], {
    cwd: createService('console.log(process.argv.slice(2).join())'),
  });
  await running.finished;
  expect(running.stdout()).toBe('--port,x,--help\n');
});

/** A fake npm that installs the viewer as a symlink and records its arguments. */
function fakeNpm(body: string): NodeJS.ProcessEnv {
  const bin = mkdtempSync(join(folder, 'bin-'));
  writeFileSync(join(bin, 'npm'), `#!/bin/sh\n${body}\n`);
  chmodSync(join(bin, 'npm'), 0o755);
  return { PATH: `${bin}:${process.env.PATH}`, XDG_CACHE_HOME: mkdtempSync(join(folder, 'cache-')) };
}

test("the viewer is installed once, in the pinned version, in the user's cache directory", async () => {
  const env = fakeNpm(`cp package.json asked.json; mkdir node_modules; ln -s '${viewer}' node_modules/${viewerPackage.name}`);
  const service = createService('', { hasViewer: false });
  const first = dev(service, ['node', 'app.js'], { env });
  expect(await first.finished).toEqual({ code: 0, signal: null });
  expect(first.stderr()).toContain(`installing the viewer (${viewerPackage.name}@${viewerPackage.version}, once)`);
  const second = dev(service, ['node', 'app.js'], { env });
  expect(await second.finished).toEqual({ code: 0, signal: null });
  expect(second.stderr()).not.toContain('installing');
  const cache = join(env.XDG_CACHE_HOME as string, 'fastify-otlp');
  expect(readdirSync(cache)).toEqual([`${viewerPackage.name}-${viewerPackage.version}`]);
  const { dependencies } = JSON.parse(readFileSync(join(cache, readdirSync(cache)[0] as string, 'asked.json'), 'utf8'));
  expect(dependencies[viewerPackage.name]).toBe(viewerPackage.version);
});

test('the pinned viewer version is the one local/ is tested with', () => {
  const { dependencies } = JSON.parse(readFileSync(join(root, 'local/package.json'), 'utf8'));
  expect(viewerPackage.version).toBe(dependencies[viewerPackage.name]);
});

test('without a network, the reason and the alternatives are printed and no files are left behind', async () => {
  const XDG_CACHE_HOME = mkdtempSync(join(folder, 'cache-'));
  const env = { XDG_CACHE_HOME, npm_config_registry: 'http://127.0.0.1:9', npm_config_cache: join(XDG_CACHE_HOME, 'npm') };
  const running = dev(createService('console.log("started")', { hasViewer: false }), ['node', 'app.js'], { env });
  expect(await running.finished).toEqual({ code: 1, signal: null });
  expect(running.stderr()).toContain(
    `cannot install the viewer (${viewerPackage.name}@${viewerPackage.version}): request to http://127.0.0.1:9/`,
  );
  expect(running.stderr()).toContain(`npm install --save-dev --save-exact ${viewerPackage.name}@${viewerPackage.version}`);
  expect(running.stderr()).not.toMatch(/^\s+at /m);
  expect(running.stdout()).toBe('');
  expect(readdirSync(join(XDG_CACHE_HOME, 'fastify-otlp'))).toEqual([]);
});

test('a signal during the installation ends npm and the command and leaves no files behind', async () => {
  const env = fakeNpm('touch running; exec sleep 600');
  const running = dev(createService('', { hasViewer: false }), ['node', 'app.js'], { env });
  const cache = join(env.XDG_CACHE_HOME as string, 'fastify-otlp');
  await vi.waitFor(
    () => expect(readdirSync(cache).some((draft) => existsSync(join(cache, draft, 'running')))).toBe(true),
    waitLong,
  );
  running.process.kill('SIGTERM');
  expect(await running.finished).toEqual({ code: null, signal: 'SIGTERM' });
  expect(readdirSync(cache)).toEqual([]);
});

test('the error for a cache directory that is not writable names the directory and the variable', async () => {
  const XDG_CACHE_HOME = join(mkdtempSync(join(folder, 'cache-')), 'file');
  writeFileSync(XDG_CACHE_HOME, '');
  const running = dev(createService('', { hasViewer: false }), ['node', 'app.js'], { env: { XDG_CACHE_HOME } });
  expect(await running.finished).toEqual({ code: 1, signal: null });
  expect(running.stderr()).toContain(
    `cannot write to ${join(XDG_CACHE_HOME, 'fastify-otlp')} (ENOTDIR). XDG_CACHE_HOME chooses another`,
  );
});

test('the command in the tarball runs through npm and shows traces', async () => {
  const target = mkdtempSync(join(folder, 'tarball-'));
  const { path } = await packTarball(target);
  execFileSync('tar', ['-xzf', path, '-C', target]);
  symlinkSync(join(root, 'node_modules'), join(target, 'node_modules'));
  const { bin } = JSON.parse(readFileSync(join(target, 'package/package.json'), 'utf8'));
  const script = join(target, 'package', bin['fastify-otlp']);
  expect(readFileSync(script, 'utf8')).toMatch(/^#!\/usr\/bin\/env node\n/);
  const running = run(['dev', ...anyPorts, '--', 'node', 'app.js'], { cwd: createService(fastifyService), script });
  const address = await viewerAddress(running);
  await fetch(`http://127.0.0.1:${await servicePort(running)}/hello/you`);
  await vi.waitFor(async () => expect((await spansIn(address)).map(({ name }) => name)).toContain('GET /hello/:name'), waitLong);
});
