// Starts what does not run yet, and returns when a first whole trace has been read back.
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { holderOf } from '../telemetry/src/dev/port-holder.ts';
import { isTaken } from '../telemetry/src/dev/taken-ports.ts';
import { down } from './down.ts';
import { type Part, parts } from './parts.ts';
import { hasTheseSettings, logFile, portsOf, start, stateOf, stop } from './process.ts';
import { settings, urls } from './settings.ts';
import { readTrace } from './viewer.ts';

const readyWithinMs = 30_000;

/** Ctrl-C: whatever is being waited for then fails, and what was started is stopped. */
const interruption = new AbortController();

export async function up(chosen: Part[]): Promise<void> {
  refuseEqualPorts();
  const stale = chosen.filter(({ name }) => stateOf(name) === 'running' && !hasTheseSettings(name));
  if (stale.length > 0) {
    await refuseTakenPorts(stale); // before anything that runs is stopped
    console.log('the settings have changed: starting anew');
    await down(stale);
  }
  const missing = chosen.filter(({ name }) => stateOf(name) !== 'running');
  if (missing.length === 0) console.log(`${chosen.map(({ name }) => name).join(', ')}: running already`);
  await Promise.all(missing.map(({ name }) => stop(name))); // what a crash has left
  await refuseTakenPorts(missing);

  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => interruption.abort());
  try {
    for (const part of missing) await step(part.name, () => startPart(part));
    if (missing.length > 0 && isWhole(chosen)) await step('first trace', proveFirstTrace);
  } catch (error) {
    await down(missing);
    throw error;
  }
  if (isWhole(chosen)) showAddresses();
}

function isWhole(chosen: Part[]): boolean {
  return chosen.length === parts.length;
}

function refuseEqualPorts(): void {
  const names = parts.flatMap(({ ports }) => ports);
  for (const [place, name] of names.entries()) {
    const other = names.slice(0, place).find((earlier) => settings[earlier] === settings[name]);
    if (other) throw new Error(`${name} and ${other} are both ${settings[name]}: each takes a port of its own`);
  }
}

async function refuseTakenPorts(missing: Part[]): Promise<void> {
  const sentences: string[] = [];
  const own = parts.filter(({ name }) => stateOf(name) === 'running').flatMap(({ name }) => Object.values(portsOf(name)));
  for (const name of missing.flatMap(({ ports }) => ports)) {
    const port = settings[name];
    if (!own.includes(port) && (await isTaken(port)))
      sentences.push(`port ${port} is taken by ${holderOf(port)}; ${name}=${port + 1000} make up would use another`);
  }
  if (sentences.length > 0) throw new Error(sentences.join('\n'));
}

async function startPart(part: Part): Promise<void> {
  if (interruption.signal.aborted) throw new Error('interrupted');
  start(part.name, await part.command());
  let reason = '';
  const isReady = await poll(async () => {
    try {
      await part.check();
      return stateOf(part.name) === 'running'; // and not another program that answers there
    } catch (error) {
      reason = (error as Error).message;
      return stateOf(part.name) === 'running' ? undefined : false;
    }
  });
  if (!isReady) {
    const what = isReady === false ? 'ended' : `is not ready after ${readyWithinMs / 1000} s (${reason})`;
    throw new Error(`${part.name} ${what}. The end of its log, ${logFile(part.name)}:\n${lastLines(logFile(part.name))}`);
  }
}

/** One write, then its trace, read back from the viewer: POST /write, POST, POST /numbers, INSERT. */
async function proveFirstTrace(): Promise<void> {
  // Where only a share of the traces is kept, this one shall be among it: its caller says so.
  const ids = randomBytes(24).toString('hex');
  const wish = { traceparent: `00-${ids.slice(0, 32)}-${ids.slice(32)}-01` };
  const headers: Record<string, string> = process.env.OTEL_TRACES_SAMPLER ? wish : {};
  const response = await fetch(`${urls.frontend}/write`, { method: 'POST', headers, signal: AbortSignal.timeout(readyWithinMs) });
  const { traceId, message } = (await response.json()) as { traceId: string; message?: string };
  if (!response.ok) throw new Error(`POST ${urls.frontend}/write answered with ${response.status}: ${message}`);
  const found = await poll(async () => (await readTrace(urls.viewer, traceId)).length >= 4 || undefined);
  if (!found) throw new Error(`the trace ${traceId} did not reach ${urls.viewer} within ${readyWithinMs / 1000} s`);
}

/** Asks until there is an answer other than `undefined`, or the time is over. */
async function poll<Answer>(ask: () => Promise<Answer | undefined>): Promise<Answer | undefined> {
  const deadline = Date.now() + readyWithinMs;
  while (Date.now() < deadline) {
    if (interruption.signal.aborted) throw new Error('interrupted');
    const answer = await ask();
    if (answer !== undefined) return answer;
    await pause(50);
  }
  return undefined;
}

async function step(name: string, action: () => Promise<void>): Promise<void> {
  const startedAt = Date.now();
  process.stdout.write(`  ${name.padEnd(12)} `);
  await action().catch((error) => {
    process.stdout.write('failed\n');
    throw error;
  });
  process.stdout.write(`${((Date.now() - startedAt) / 1000).toFixed(1)} s\n`);
}

function lastLines(path: string): string {
  return readFileSync(path, 'utf8').trimEnd().split('\n').slice(-15).join('\n');
}

function showAddresses(): void {
  console.log(`
  look at traces and logs   ${urls.viewer}
  see a write happen        ${urls.frontend}
  write a number            curl -X POST ${urls.frontend}/write
  try the two APIs          ${urls.frontend}/docs  ${urls.backend}/docs

  ./test.sh proves 100 writes; make status, make logs, make down`);
}
