// fastify-otlp doctor -- node app.js: starts a service, looks at how it is instrumented, sends a span where it sends its own, and stops it.
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { CommandError } from './command-error.ts';
import { type DoctorReport, reportParameter } from './doctor-report.ts';
import { descendantsOf, signalAll, waitForEnd } from './process-tree.ts';

const maxStartMs = 60_000;
const maxStopMs = 10_000;
const shownLines = 10;

interface Finding {
  check: string;
  /** What is wrong, and what repairs it. Both undefined where nothing is. */
  problem?: string;
  repair?: string;
}

/**
 * Prints a line for each check.
 *
 * @returns whether all is well
 * @throws {CommandError} if the service cannot be started
 */
export async function doctor({ command, args }: { command: string; args: string[] }): Promise<boolean> {
  const report = await observe(command, args);
  const findings = examine(report);
  if (!findings.some(({ problem }) => problem)) findings.push(await examineDelivery(report));
  for (const { check, problem, repair } of findings) {
    console.log(problem ? `  BROKEN  ${check}\n          ${problem}\n          repair: ${repair}` : `  ok      ${check}`);
  }
  return !findings.some(({ problem }) => problem);
}

/** Runs the service until it listens, or ends. */
async function observe(command: string, args: string[]): Promise<DoctorReport> {
  const folder = mkdtempSync(join(tmpdir(), 'fastify-otlp-'));
  const path = join(folder, 'report.json');
  const preload = new URL(`./doctor-preload${extname(import.meta.url)}`, import.meta.url);
  preload.searchParams.set(reportParameter, path);
  const env = { ...process.env, NODE_OPTIONS: [`--import=${preload.href}`, process.env.NODE_OPTIONS].filter(Boolean).join(' ') };
  const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output = (output + chunk).slice(-10_000)));
  let failure: Error | undefined;
  child.once('error', (error) => (failure = error));
  try {
    const deadline = Date.now() + maxStartMs;
    while (!existsSync(path)) {
      if (failure) throw new CommandError(`cannot run "${command}": ${failure.message}`);
      if (hasEnded(child) && !existsSync(path))
        throw new CommandError(withOutput(`"${command}" ended before Node.js ran anything`, output));
      if (Date.now() > deadline)
        throw new CommandError(withOutput(`the service does not listen after ${maxStartMs / 1_000} s`, output));
      await pause(50);
    }
    const report = JSON.parse(readFileSync(path, 'utf8')) as DoctorReport;
    if (!report.isListening) throw new CommandError(withOutput('the service ended before it listened', output));
    return report;
  } finally {
    await stop(child);
    rmSync(folder, { recursive: true, force: true });
  }
}

function withOutput(sentence: string, output: string): string {
  const lines = output.trimEnd().split('\n').slice(-shownLines);
  return output.trim() === '' ? sentence : `${sentence}. The end of its output:\n${lines.join('\n')}`;
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.pid === undefined) return;
  const pids = [child.pid, ...descendantsOf(child.pid)];
  signalAll(pids, 'SIGTERM');
  await waitForEnd(pids, maxStopMs);
  signalAll(pids, 'SIGKILL');
}

/** What can be told without sending anything. */
function examine({ node, isStarted, loadedBefore, loaded, apis, environment }: DoctorReport): Finding[] {
  const register = 'node --import fastify-otlp/register app.js';
  const isLate = isStarted && loadedBefore.length > 0;
  const [off] = [
    ...(environment.OTEL_SDK_DISABLED?.trim().toLowerCase() === 'true' ? ['OTEL_SDK_DISABLED'] : []),
    ...(environment.OTEL_TRACES_EXPORTER?.trim() === 'none' ? ['OTEL_TRACES_EXPORTER'] : []),
  ];
  return [
    { check: `the service starts, with Node.js ${node}` },
    {
      check: 'OpenTelemetry is started in it',
      ...(!isStarted && {
        problem: off ? `${off} is ${environment[off]}` : 'no SDK has registered itself',
        repair: off ? `unset ${off}` : `start it by ${register}`,
      }),
    },
    {
      check: 'before the packages that are instrumented',
      ...(isLate && {
        problem: `${loadedBefore.join(', ')} had been loaded before: nothing of it has a span`,
        repair: `start it by ${register}, or import the package first`,
      }),
    },
    {
      check: `with one copy of @opentelemetry/api${apis.length === 1 ? ` (${apis[0]?.version})` : ''}`,
      ...(apis.length > 1 && {
        problem: `there are ${apis.length}: ${apis.map(({ version, path }) => `${version} in ${path}`).join(', ')}`,
        repair: 'npm ls @opentelemetry/api tells who brings the other; npm dedupe, or overrides in package.json, leave one',
      }),
    },
    {
      check: `instrumented: ${loaded.map(({ name, version }) => `${name} ${version}`).join(', ') || 'node:http, fetch'}`,
      ...(isStarted &&
        !loaded.some(({ name }) => name === 'fastify') && {
          problem: 'Fastify is not among the packages that the service has loaded',
          repair: 'give the command that starts the Fastify service itself',
        }),
    },
  ];
}

async function examineDelivery({ environment }: DoctorReport): Promise<Finding> {
  for (const name of Object.keys(process.env)) if (name.startsWith('OTEL_')) delete process.env[name];
  Object.assign(process.env, environment);
  const { sendProbe } = await import('./doctor-probe.ts'); // it reads them when it is loaded
  const probe = await sendProbe();
  if (!probe) {
    const problem = `OTEL_TRACES_EXPORTER is ${environment.OTEL_TRACES_EXPORTER}: no span is sent over OTLP`;
    return { check: 'a span is delivered', problem, repair: 'unset OTEL_TRACES_EXPORTER' };
  }
  const { endpoint, traceId, failure } = probe;
  if (!failure) return { check: `a span is delivered to ${endpoint}: trace ${traceId}` };
  return {
    check: `a span is delivered to ${endpoint}`,
    problem: failure,
    repair:
      'start the receiver, or set OTEL_EXPORTER_OTLP_ENDPOINT and OTEL_EXPORTER_OTLP_PROTOCOL; fastify-otlp dev brings a receiver of its own',
  };
}
