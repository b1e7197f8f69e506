// Starts what does not run yet, and returns when all of it is ready.
import pg from 'pg';
import type { Component } from './components.ts';
import { down } from './down.ts';
import { databaseEnvironment } from './environment.ts';
import { refuseTakenPorts } from './ports.ts';
import { noteOf, stateOf, stop } from './process.ts';
import { settings, settingsHash } from './settings.ts';
import { startComponent } from './start-component.ts';

const readyWithinMs = 120_000; // on a machine that is busy with other work, too

/** Ctrl-C: whatever is being waited for then fails, and what was started is stopped. */
const interruption = new AbortController();

/** @throws {Error} with a sentence for the user; what was started is stopped then */
export async function up(chosen: Component[]): Promise<void> {
  if (settings.DEMO_POSTGRES_URL) await refuseUnreachableDatabase();
  stopOnSignals();
  const outdated = chosen.filter(({ name }) => stateOf(name) === 'running' && noteOf(name)?.settingsHash !== settingsHash);
  if (outdated.length > 0) {
    await refuseTakenPorts(outdated); // before anything that runs is stopped
    console.log('the settings have changed: restarting');
    await down(outdated);
  }
  const missing = chosen.filter(({ name }) => stateOf(name) !== 'running');
  if (missing.length === 0) console.log(`${chosen.map(({ name }) => name).join(', ')}: already running`);
  await Promise.all(missing.map(({ name }) => stop(name))); // what a crash has left
  await refuseTakenPorts(missing);

  try {
    for (const component of missing)
      await step(component.name, () => startComponent(component, interruption.signal, readyWithinMs));
  } catch (error) {
    await down(missing);
    throw error;
  }
}

function stopOnSignals(): void {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => {
      if (interruption.signal.aborted) console.log('stopping what was started: a moment');
      interruption.abort(new Error('interrupted'));
    });
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

async function step(name: string, action: () => Promise<void>): Promise<void> {
  const startedAt = Date.now();
  process.stdout.write(`  ${name.padEnd(20)} `);
  await action().catch((error) => {
    process.stdout.write('failed\n');
    throw error;
  });
  process.stdout.write(`${((Date.now() - startedAt) / 1000).toFixed(1)} s\n`);
}
