// Starts what does not run yet, and returns when the first complete trace and its log lines have been read back.
import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { switchFaults } from '../faults/switches.ts';
import { holderOf } from '../telemetry/src/dev/port-holder.ts';
import { isTaken } from '../telemetry/src/dev/taken-ports.ts';
import { type Component, components } from './components.ts';
import { down } from './down.ts';
import { databaseEnvironment } from './environment.ts';
import { hasTheseSettings, logFile, pidOf, portsOf, resume, start, stateOf, stop } from './process.ts';
import { type PortName, settings, urls } from './settings.ts';
import { readLogServices, readTrace } from './viewer.ts';

const readyWithinMs = 120_000; // on a machine that is busy with other work, too

/** Ctrl-C: whatever is being waited for then fails, and what was started is stopped. */
const interruption = new AbortController();

/** @throws {Error} with a sentence for the user; what was started is stopped then */
export async function up(chosen: Component[]): Promise<void> {
  if (settings.DEMO_POSTGRES_URL) await refuseUnreachableDatabase();
  if (chosen.length === components.length) switchFaults(settings.FAULTS_FILE, []);
  for (const { name } of chosen) resume(name);
  const outdated = chosen.filter(({ name }) => stateOf(name) === 'running' && !hasTheseSettings(name));
  if (outdated.length > 0) {
    await refuseTakenPorts(outdated); // before anything that runs is stopped
    console.log('the settings have changed: restarting');
    await down(outdated);
  }
  const missing = chosen.filter(({ name }) => stateOf(name) !== 'running');
  if (missing.length === 0) console.log(`${chosen.map(({ name }) => name).join(', ')}: already running`);
  await Promise.all(missing.map(({ name }) => stop(name))); // what a crash has left
  await refuseTakenPorts(missing);

  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => interruption.abort());
  try {
    for (const component of missing) await step(component.name, () => startComponent(component));
    if (isComplete(chosen)) await step('first complete trace', verifyWrite);
  } catch (error) {
    await down(missing);
    throw error;
  }
  if (isComplete(chosen)) showAddresses();
}

function isComplete(chosen: Component[]): boolean {
  return chosen.length === components.length;
}

async function refuseUnreachableDatabase(): Promise<void> {
  const { PGHOST, PGPORT, PGDATABASE, PGUSER, PGPASSWORD, PGSSLMODE } = databaseEnvironment();
  const client = new pg.Client({
    host: PGHOST,
    port: Number(PGPORT),
    database: PGDATABASE,
    user: PGUSER,
    password: PGPASSWORD,
    ssl: PGSSLMODE !== undefined && PGSSLMODE !== 'disable',
    connectionTimeoutMillis: 5_000,
  });
  try {
    await client.connect();
  } catch (error) {
    const { message, code } = error as NodeJS.ErrnoException;
    throw new Error(`cannot use DEMO_POSTGRES_URL: ${message || code}`);
  } finally {
    await client.end().catch(() => {});
  }
}

async function refuseTakenPorts(missing: Component[]): Promise<void> {
  const own = components.filter(({ name }) => stateOf(name) === 'running').flatMap(({ name }) => portsOf(name));
  const taken: PortName[] = [];
  for (const name of missing.flatMap(({ ports }) => ports)) {
    if (!own.includes(settings[name]) && (await isTaken(settings[name]))) taken.push(name);
  }
  if (taken.length > 0) throw new Error(taken.map(describeTakenPort).join('\n'));
}

function describeTakenPort(name: PortName): string {
  const port = settings[name];
  return `port ${port} is in use by ${holderOf(port)}: stop it, or choose another port: ${name}=${port > 64_535 ? port - 1_000 : port + 1_000} make up`;
}

/** @throws {Error} if it ends, or is not ready in time, or if another process answers in its place */
export async function startComponent({ name, ports, command, check }: Component): Promise<void> {
  if (interruption.signal.aborted) throw new Error('interrupted');
  start(
    name,
    ports.map((port) => settings[port]),
    await command(),
  );
  let reason = '';
  const isReady = await poll(async () => {
    if (stateOf(name) !== 'running') return false;
    try {
      await check();
      return true;
    } catch (error) {
      reason = (error as Error).message;
      return undefined;
    }
  });
  const stranger = ports.find((port) => isHeldByAnother(settings[port], name));
  if (stranger) throw new Error(describeTakenPort(stranger));
  if (!isReady) {
    const what = isReady === false ? 'ended' : `is not ready after ${readyWithinMs / 1000} s (${reason})`;
    throw new Error(`${name} ${what}. The end of its log, ${logFile(name)}:\n${lastLines(logFile(name))}`);
  }
}

/** False also where nobody listens, or where the holder cannot be seen. */
function isHeldByAnother(port: number, component: string): boolean {
  const [, pid] = /\(process (\d+)\)$/.exec(holderOf(port)) ?? [];
  return pid !== undefined && Number(pid) !== pidOf(component);
}

/** One write: its row in the response, its trace (POST /write, POST, POST /numbers, INSERT) and both log lines in the viewer. */
async function verifyWrite(): Promise<void> {
  const response = await fetch(`${urls.frontend}/write`, { method: 'POST', signal: AbortSignal.timeout(readyWithinMs) });
  const { id, traceId, message } = (await response.json()) as { id?: number; traceId: string; message?: string };
  if (response.status !== 201 || id === undefined)
    throw new Error(`POST ${urls.frontend}/write answered with ${response.status}: ${message}`);
  let [spans, services]: [number, string[]] = [0, []];
  const isFound = await poll(async () => {
    spans = (await readTrace(urls.viewer, traceId)).length;
    services = await readLogServices(urls.viewer, traceId);
    return (spans >= 4 && ['frontend', 'backend'].every((name) => services.includes(name))) || undefined;
  });
  if (!isFound) {
    throw new Error(
      `the write succeeded, but ${urls.viewer} has ${spans} of 4 spans of its trace ${traceId}, and log lines of ${services.join(', ') || 'no service'}: see ${logFile('viewer')}`,
    );
  }
}

/** Calls until the answer is not `undefined`, or the time is over. */
async function poll<Answer>(call: () => Promise<Answer | undefined>): Promise<Answer | undefined> {
  const deadline = Date.now() + readyWithinMs;
  while (Date.now() < deadline) {
    if (interruption.signal.aborted) throw new Error('interrupted');
    const answer = await call();
    if (answer !== undefined) return answer;
    await pause(50);
  }
  return undefined;
}

async function step(name: string, action: () => Promise<void>): Promise<void> {
  const startedAt = Date.now();
  process.stdout.write(`  ${name.padEnd(20)} `);
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
  traces and logs   ${urls.viewer}
  front page        ${urls.frontend}
  write a number    curl -X POST ${urls.frontend}/write
  API pages         ${urls.frontend}/docs  ${urls.backend}/docs

  ./test.sh verifies 100 writes; make status, make logs, make down`);
}
