// npm run matrix [-- text …]: is the trace complete with each supported version, and with each way to build and run a service?
// With arguments: only rows whose name contains one of them. TARBALL=path tries that one in place of what the work tree packs.
// Prints progress to stderr and the tables of the README to stdout. Needs a registry of npm, Docker and a gigabyte for a while.
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import pg from 'pg';
import { createDatabase, startPostgres } from '../../test/support/postgres.ts';
import { startOtlpReceiver } from '../test/support/otlp-receiver.ts';
import { packTarball } from '../test/support/tarball.ts';
import { installService } from './install.ts';
import { consumerRows, nodeVersions, type Row, versionRows } from './rows.ts';
import { installRuntime, type Runtime } from './runtimes.ts';
import { type Result, table } from './table.ts';
import { type Surroundings, tryService } from './try-service.ts';

const chosen = process.argv.slice(2);
const rows = [...versionRows, ...consumerRows].filter(
  ({ name }) => chosen.length === 0 || chosen.some((text) => name.includes(text)),
);
if (rows.length === 0) {
  console.error(
    `no row contains ${chosen.join(' or ')}; rows: ${[...versionRows, ...consumerRows].map(({ name }) => name).join(', ')}`,
  );
  process.exit(78);
}

const folder = mkdtempSync(join(tmpdir(), 'matrix-'));
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));

const failures: string[] = [];
const postgres = await startPostgres();
const receiver = await startOtlpReceiver();
try {
  const database = await createDatabase(postgres, 'matrix');
  await createTable(database);
  const tarball = process.env.TARBALL ? resolve(process.env.TARBALL) : (await packTarball(folder)).path;
  const runtimes = await Promise.all(nodeVersions.map((version) => installRuntime(version, folder)));
  const results = await inParallel(rows, (row) => tryRow(row, tarball, runtimes, { receiver, database }));
  const resultsOf = (some: Row[]) => results.filter((_, at) => some.includes(rows[at] as Row));
  for (const [heading, some] of [
    ['Versions', versionRows],
    ['Service', consumerRows],
  ] as const) {
    if (resultsOf(some).length > 0) console.log(`${table(heading, resultsOf(some), runtimes)}\n`);
  }
} finally {
  await receiver.stop();
  await postgres.stop();
}
for (const failure of failures) console.error(`\n${failure}`);
process.exit(failures.length > 0 ? 1 : 0);

/** The services of a row in turn. */
async function tryRow(row: Row, tarball: string, runtimes: Runtime[], surroundings: Surroundings): Promise<Result> {
  const own = join(folder, row.name.replaceAll(' ', '-'));
  const result: Result = { title: row.title ?? row.name, cells: {} };
  const report = (attempt: string, error: Error) => {
    failures.push(`${row.name}, ${attempt}: ${error.message}`);
    console.error(`✗ ${row.name}, ${attempt}`);
  };
  try {
    result.title = await installService(row, tarball, own);
  } catch (error) {
    report('installation', error as Error);
    for (const version of row.nodeVersions) result.cells[version] = { passed: [], failed: ['installation'] };
  }
  for (const runtime of runtimes.filter(({ asked }) => row.nodeVersions.includes(asked) && !result.cells[asked])) {
    const cell: Result['cells'][string] = { passed: [], failed: [] };
    result.cells[runtime.asked] = cell;
    for (const variant of row.variants) {
      const attempt = `${variant}, Node.js ${runtime.version}`;
      try {
        await tryService(own, variant, runtime, surroundings);
        cell.passed.push(variant);
        console.error(`✓ ${result.title}, ${attempt}`);
      } catch (error) {
        cell.failed.push(variant);
        report(attempt, error as Error);
      }
    }
  }
  rmSync(own, { recursive: true, force: true });
  return result;
}

/** One at a time for each core; results in the order of the items. */
async function inParallel<Item, Output>(items: Item[], task: (item: Item) => Promise<Output>): Promise<Output[]> {
  const outputs: Output[] = [];
  const entries = items.entries();
  const worker = async () => {
    for (const [at, item] of entries) outputs[at] = await task(item);
  };
  await Promise.all(Array.from({ length: availableParallelism() }, worker));
  return outputs;
}

async function createTable(database: Record<string, string>): Promise<void> {
  const client = new pg.Client({
    host: database.PGHOST,
    port: Number(database.PGPORT),
    user: database.PGUSER,
    password: database.PGPASSWORD,
    database: database.PGDATABASE,
  });
  await client.connect();
  await client.query('CREATE TABLE orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, item text NOT NULL)');
  await client.end();
}
