import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { CommandError } from './command-error.ts';
import { endLike, runInForeground } from './foreground.ts';
import { log } from './log.ts';
import { coreVersion, viewerPackage } from './versions.ts';

const { name, version } = viewerPackage;

/** Libraries that are bundled into the viewer's pages. Replacing these dependencies by an empty package halves the installation size. */
const bundled = ['@lucide/svelte', 'bits-ui', 'clsx', 'd3-scale', 'd3-shape', 'svelte', 'tailwind-merge'];

const manifest = {
  private: true,
  dependencies: { [name]: version, '@opentelemetry/core': coreVersion },
  overrides: Object.fromEntries(bundled.map((library) => [library, 'file:./empty'])),
};

/** With npm's default retries, a user without a network connection waits for more than a minute. */
const npmArgs = [
  '--ignore-scripts',
  '--no-audit',
  '--no-fund',
  '--no-progress',
  '--fetch-retries=1',
  '--fetch-retry-mintimeout=1000',
];

/** Settings that npm passes to child processes, and that are meant for the service's directory. */
const ofTheService =
  /^npm_config_(workspaces?|include_workspace_root|global|location|prefix|dry_run|package_lock_only|omit|include)$/i;

/**
 * Installs the viewer with npm. The folder appears only when it is complete, so that concurrent commands do not interfere.
 *
 * @throws {CommandError} with instructions if the installation fails
 */
export async function installViewer(folder: string): Promise<void> {
  const draft = createDraft(folder);
  try {
    log(`installing the viewer (${name}@${version}, once) in ${folder}`);
    const startedAt = Date.now();
    await install(draft);
    publish(draft, folder);
    log(`installed in ${((Date.now() - startedAt) / 1_000).toFixed(1)} s`);
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

function createDraft(folder: string): string {
  try {
    mkdirSync(dirname(folder), { recursive: true });
    const draft = mkdtempSync(`${folder}-`);
    mkdirSync(join(draft, 'empty'));
    writeFileSync(join(draft, 'empty', 'package.json'), JSON.stringify({ name: 'empty', version: '1.0.0' }));
    writeFileSync(join(draft, 'package.json'), JSON.stringify(manifest));
    return draft;
  } catch (error) {
    throw new CommandError(`cannot write to ${dirname(folder)} (${codeOf(error)}). XDG_CACHE_HOME chooses another directory`);
  }
}

async function install(draft: string): Promise<void> {
  const log = join(draft, 'npm.log');
  const file = openSync(log, 'w');
  const env = Object.fromEntries(Object.entries(process.env).filter(([key]) => !ofTheService.test(key)));
  const ended = await runInForeground('npm', ['install', ...npmArgs], { cwd: draft, env, stdio: ['ignore', file, file] });
  closeSync(file);
  const signal = ended.received ?? ended.signal;
  if (signal) {
    rmSync(draft, { recursive: true, force: true });
    await endLike({ code: null, signal });
  }
  if (ended.code !== 0) throw new CommandError(describeFailure(readFileSync(log, 'utf8')));
}

/** Keeps an existing folder: a concurrent command has installed the same version there. */
function publish(draft: string, folder: string): void {
  try {
    renameSync(draft, folder);
  } catch (error) {
    if (!['ENOTEMPTY', 'EEXIST'].includes(codeOf(error))) throw error;
  }
}

function describeFailure(output: string): string {
  const lines = [...output.matchAll(/^npm (?:error|ERR!) (.*)$/gm)].map(([, line = '']) =>
    line.replace(/^\w*Error: /, '').trim(),
  );
  const reason = lines.find((line) => line !== '' && !/^(code|errno|syscall|path) /.test(line)) ?? output.trim().split('\n')[0];
  return [
    `cannot install the viewer (${name}@${version}): ${reason}`,
    `Once there is a connection to the registry, run it again, or: npm install --save-dev --save-exact ${name}@${version} @opentelemetry/core@${coreVersion}`,
    'Without the viewer: OTEL_EXPORTER_OTLP_ENDPOINT=<your receiver> node --import fastify-otlp/register app.js',
  ].join('\nfastify-otlp: ');
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? String(error);
}
