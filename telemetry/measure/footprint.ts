// What this package adds to an empty service beside the default auto-instrumentations: start, memory, and what is installed.
// TARBALL=path measures that one in place of what the work tree packs. Needs a registry of npm, and half a gigabyte for a while.
import { execFile, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { packTarball } from '../test/support/tarball.ts';
import { table, withNoise } from './statistics.ts';

const run = promisify(execFile);

interface SetUp {
  name: string;
  /** Beside Fastify. */
  packages: string[];
  preload?: string;
}

interface Sample {
  startMs: number;
  cpuMs: number;
  residentMB: number;
}

const rounds = 15;
const fastify = 'fastify@5.12.8';
const auto = '@opentelemetry/auto-instrumentations-node';
/** Nothing is sent, for nobody listens there. */
const nowhere = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1' };

const service = `
import Fastify from 'fastify';
const app = Fastify();
app.get('/', async () => ({ hello: 'world' }));
process.on('message', () => {
  const { user, system } = process.cpuUsage();
  process.send({ cpuMs: (user + system) / 1_000, residentMB: process.memoryUsage.rss() / 1e6 });
});
process.send({ url: await app.listen({ port: 0, host: '127.0.0.1' }) });
`;

export async function measure(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'footprint-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const tarball = process.env.TARBALL ? resolve(process.env.TARBALL) : (await packTarball(folder)).path;
  const setUps: SetUp[] = [
    { name: 'no telemetry', packages: [] },
    { name: 'this package', packages: [tarball], preload: 'fastify-otlp/register' },
    {
      name: 'auto-instrumentations-node/register',
      packages: [`${auto}@0.82.0`, '@opentelemetry/api@1.10.0'],
      preload: `${auto}/register`,
    },
  ];
  const folders = setUps.map((_, place) => join(folder, String(place)));
  for (const [place, { packages }] of setUps.entries()) await install(folders[place] as string, packages);
  const samples: Sample[][] = setUps.map(() => []);
  for (let round = 0; round < rounds; round += 1) {
    for (const [place, setUp] of setUps.entries()) samples[place]?.push(await start(folders[place] as string, setUp));
    console.error(`round ${round + 1} of ${rounds}`);
  }
  const [bare = []] = samples;
  const added = (place: number, what: keyof Sample) => {
    const own = samples[place] ?? [];
    return withNoise(
      own.map((sample, round) => sample[what] - (bare[round] as Sample)[what]),
      0,
    );
  };
  const sizes = await Promise.all(folders.map(sizeOf));
  return table(
    ['', 'until the first response, ms', 'CPU until then, ms', 'resident memory, MB', 'packages', 'installed, MB'],
    setUps.map(({ name }, place) => {
      const { packages, megabytes } = sizes[place] as Awaited<ReturnType<typeof sizeOf>>;
      const own = (what: keyof Sample) =>
        withNoise(
          (samples[place] as Sample[]).map((sample) => sample[what]),
          0,
        );
      const figure = (what: keyof Sample) => (place === 0 ? own(what) : `+${added(place, what)}`);
      return [name, figure('startMs'), figure('cpuMs'), figure('residentMB'), String(packages), megabytes.toFixed(0)];
    }),
  );
}

async function install(folder: string, packages: string[]): Promise<void> {
  mkdirSync(folder);
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'service', private: true, type: 'module' }));
  writeFileSync(join(folder, 'main.js'), service);
  await run('npm', ['install', '--no-audit', '--no-fund', '--ignore-scripts', fastify, ...packages], { cwd: folder });
}

/** From the start of the process to its first response. */
async function start(folder: string, { preload }: SetUp): Promise<Sample> {
  const startedAt = performance.now();
  const child = fork(join(folder, 'main.js'), {
    cwd: folder,
    execArgv: preload ? ['--import', preload] : [],
    env: { PATH: process.env.PATH, ...nowhere },
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  const next = async () => (await once(child, 'message', { signal: AbortSignal.timeout(120_000) }))[0];
  try {
    const { url } = await next();
    await (await fetch(url)).text();
    const startMs = performance.now() - startedAt;
    const usage = next();
    child.send('usage');
    return { startMs, ...(await usage) };
  } finally {
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  }
}

async function sizeOf(folder: string): Promise<{ packages: number; megabytes: number }> {
  const { packages } = JSON.parse(readFileSync(join(folder, 'node_modules/.package-lock.json'), 'utf8'));
  const { stdout } = await run('du', ['-sk', join(folder, 'node_modules')]);
  return { packages: Object.keys(packages).length, megabytes: (Number.parseInt(stdout, 10) * 1_024) / 1e6 };
}
