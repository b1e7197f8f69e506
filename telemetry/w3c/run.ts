// Runs the suite of W3C Trace Context, level 2, strict, against a Fastify service that is instrumented by this package:
//   git clone https://github.com/w3c/trace-context && W3C_TRACE_CONTEXT=trace-context npm run w3c
// It needs Python 3.8 or newer; aiohttp is installed into a virtual environment below .local/.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const suite = resolve(process.env.W3C_TRACE_CONTEXT ?? '');
if (!process.env.W3C_TRACE_CONTEXT || !existsSync(join(suite, 'test/test.py'))) {
  console.error('W3C_TRACE_CONTEXT must be a checkout of https://github.com/w3c/trace-context');
  process.exit(1);
}

const python = preparePython();
let isPassed = true;
for (const client of ['fetch', 'http']) isPassed = (await runSuite(client)) && isPassed;
process.exit(isPassed ? 0 : 1);

/** @param client how the service sends its requests */
async function runSuite(client: string): Promise<boolean> {
  const port = await freePort();
  const service = startService(client, port);
  try {
    await isListening(service, port);
    const harnessPort = await freePort();
    const test = spawn(python, ['test.py', `http://127.0.0.1:${port}/test`], {
      cwd: join(suite, 'test'),
      env: {
        ...process.env,
        SPEC_LEVEL: '2',
        STRICT_LEVEL: '2',
        HARNESS_PORT: String(harnessPort),
        HARNESS_BIND_PORT: String(harnessPort),
      },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const [report, [exitCode]] = await Promise.all([text(test.stderr), once(test, 'close')]);
    const count = Number(/^Ran (\d+) tests?/m.exec(report)?.[1] ?? 0);
    const failed = Number(/failures=(\d+)/.exec(report)?.[1] ?? 0) + Number(/errors=(\d+)/.exec(report)?.[1] ?? 0);
    const skipped = Number(/skipped=(\d+)/.exec(report)?.[1] ?? 0);
    if (exitCode !== 0) console.error(report);
    console.log(`${client}: ${count - failed - skipped} of ${count} tests passed`);
    return exitCode === 0 && count > 0 && skipped === 0;
  } finally {
    service.kill();
  }
}

function startService(client: string, port: number): ChildProcess {
  const args = ['--import', join(root, 'telemetry/src/register.ts'), join(root, 'telemetry/w3c/service.ts')];
  return spawn(process.execPath, args, {
    env: { ...process.env, CLIENT: client, PORT: String(port), OTEL_TRACES_EXPORTER: 'console', OTEL_LOGS_EXPORTER: 'none' },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

async function isListening(service: ChildProcess, port: number): Promise<void> {
  while (service.exitCode === null) {
    const isUp = await fetch(`http://127.0.0.1:${port}/`).then(
      () => true,
      () => false,
    );
    if (isUp) return;
    await new Promise((done) => setTimeout(done, 50));
  }
  throw new Error(`the service ended with exit code ${service.exitCode}`);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

/** @returns the path of a Python that has aiohttp */
function preparePython(): string {
  if (spawnSync('python3', ['-c', 'import aiohttp']).status === 0) return 'python3';
  const environment = join(root, '.local/w3c');
  const own = join(environment, 'bin/python');
  const commands = [
    ['python3', '-m', 'venv', environment],
    [own, '-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', 'aiohttp'],
  ];
  if (spawnSync(own, ['-c', 'import aiohttp']).status === 0) return own;
  for (const [command = '', ...args] of commands) {
    const { status } = spawnSync(command, args, { stdio: ['ignore', 'inherit', 'inherit'] });
    if (status !== 0) throw new Error(`failed: ${command} ${args.join(' ')}`);
  }
  return own;
}
