// Runs a suite once, and says how each of its tests ended.
import { spawn } from 'node:child_process';
import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Suite } from './suites.ts';

type Outcome = 'pass' | 'fail' | 'skip';
/** By file and name; of a test that has failed with the message of its error. */
export type Outcomes = Map<string, { outcome: Outcome; message?: string | undefined }>;

const testTimeoutMs = 300_000;

export function filesOf(suite: Suite, folder: string): string[] {
  const found = globSync(suite.files, { cwd: folder, exclude: ['**/node_modules/**', ...(suite.except ?? [])] });
  return found.sort();
}

/** @param nodeArgs of each process that runs tests */
export async function runSuite(
  suite: Suite,
  folder: string,
  files: string[],
  env: Record<string, string>,
  nodeArgs: string[] = [],
): Promise<Outcomes> {
  const all = { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '', ...suite.env, ...env };
  if (suite.runner === 'node:test') return runNodeTest(folder, files, nodeArgs, all);
  if (suite.runner === 'mocha') return runMocha(folder, files, nodeArgs, suite.runnerArgs ?? [], all);
  return runScripts(folder, files, nodeArgs, all);
}

async function runNodeTest(folder: string, files: string[], nodeArgs: string[], env: Record<string, string>): Promise<Outcomes> {
  const reporter = fileURLToPath(new URL('./reporter.ts', import.meta.url));
  const { stdout } = await run(
    folder,
    [...nodeArgs, '--test', '--test-concurrency=2', `--test-timeout=${testTimeoutMs}`, `--test-reporter=${reporter}`, ...files],
    env,
  );
  const outcomes: Outcomes = new Map();
  for (const line of stdout.split('\n').filter((each) => each.startsWith('{"file"'))) {
    const { file, path, outcome, message } = JSON.parse(line);
    add(outcomes, `${relative(folder, file ?? '')} > ${path.join(' > ')}`, outcome, message);
  }
  return outcomes;
}

async function runMocha(
  folder: string,
  files: string[],
  nodeArgs: string[],
  args: string[],
  env: Record<string, string>,
): Promise<Outcomes> {
  const mocha = createRequire(join(folder, 'package.json')).resolve('mocha/bin/mocha.js');
  const directory = mkdtempSync(join(tmpdir(), 'mocha-'));
  const output = join(directory, 'result.json');
  const outcomes: Outcomes = new Map();
  try {
    const { end } = await run(
      folder,
      [...nodeArgs, mocha, '--reporter', 'json', '--reporter-option', `output=${output}`, ...args, ...files],
      env,
    );
    const { passes, failures, pending } = JSON.parse(readFileSync(output, 'utf8'));
    for (const { fullTitle } of passes) add(outcomes, fullTitle, 'pass');
    for (const { fullTitle, err } of failures) add(outcomes, fullTitle, 'fail', err.message);
    for (const { fullTitle } of pending) add(outcomes, fullTitle, 'skip');
    add(outcomes, 'the process ends', end === failures.length ? 'pass' : 'fail', String(end));
  } finally {
    rmSync(directory, { recursive: true });
  }
  return outcomes;
}

/** pg's own: a line for each test, `✔` at its end when it has passed. The file fails as a whole where it does not exit with 0. */
async function runScripts(folder: string, files: string[], nodeArgs: string[], env: Record<string, string>): Promise<Outcomes> {
  const outcomes: Outcomes = new Map();
  for (const file of files) {
    const { stdout, stderr, end } = await run(folder, [...nodeArgs, file], env);
    for (const [, name = ''] of stdout.matchAll(/^ {2}(.+) ✔$/gm)) add(outcomes, `${file} > ${name}`, 'pass');
    for (const [, name = ''] of stdout.matchAll(/^ {2}(.+) FAILED!$/gm))
      add(outcomes, `${file} > ${name}`, 'fail', `${stdout}${stderr}`);
    add(outcomes, `${file} > the process ends`, end === 0 ? 'pass' : 'fail', `${end}\n${stdout}${stderr}`);
  }
  return outcomes;
}

/** Tests of the same name are numbered. */
function add(outcomes: Outcomes, name: string, outcome: Outcome, message?: string): void {
  let unique = name;
  for (let number = 2; outcomes.has(unique); number++) unique = `${name} (${number})`;
  outcomes.set(unique, { outcome, message });
}

interface Ended {
  stdout: string;
  stderr: string;
  end: number | string;
}

const scriptTimeoutMs = 120_000;

function run(cwd: string, args: string[], env: Record<string, string>): Promise<Ended> {
  const child = spawn(process.execPath, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  const kill = () => child.pid && killGroup(child.pid);
  const isSuite = args.includes('--test');
  const deadline = setTimeout(kill, isSuite ? 20 * testTimeoutMs : scriptTimeoutMs);
  process.once('exit', kill);
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (chunk) => (stdout += chunk));
  child.stderr.setEncoding('utf8').on('data', (chunk) => (stderr += chunk));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      clearTimeout(deadline);
      process.off('exit', kill);
      kill();
      resolve({ stdout, stderr, end: signal ?? (code as number) });
    });
  });
}

/** With what it has started and left behind. */
function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
