// UPSTREAM=folder npm run upstream [-- package …]: do the projects' own tests end with the instrumentation as they do without?
// The folder holds checkouts of fastify, pino, node-postgres, … with their dependencies installed; what is TypeScript is built. Nothing is fetched.
import { rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { accepted } from './accepted.ts';
import { type Difference, differencesOf, failingInBoth, summary } from './differences.ts';
import { preload, startEnvironment } from './environment.ts';
import { findPackages, layOut, type Package } from './layout.ts';
import { filesOf, runSuite } from './run-suite.ts';
import { type Suite, suites } from './suites.ts';

const upstream = process.env.UPSTREAM;
if (!upstream) {
  console.error('UPSTREAM is not set; it is the folder with the checkouts, for example UPSTREAM=../checkouts npm run upstream');
  process.exit(78);
}
const names = process.argv.slice(2);
const unknown = names.filter((name) => !suites.some((suite) => suite.package === name));
if (unknown.length > 0) {
  console.error(`${unknown.join()} is not one of ${suites.map((suite) => suite.package).join()}`);
  process.exit(78);
}
const packages = findPackages(resolve(upstream));
const environment = await startEnvironment();
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => environment.stop().finally(() => process.exit(130)));

let unexpected = 0;
let compared = 0;
try {
  for (const suite of suites.filter((one) => names.length === 0 || names.includes(one.package))) {
    const found = packages.find(({ name }) => name === suite.package);
    if (!found) console.log(`${suite.package}: no checkout in ${upstream}`);
    else {
      unexpected += await compare(suite, found);
      compared += 1;
    }
  }
} finally {
  await environment.stop();
}
console.log(`${compared} suites compared, ${unexpected} tests differ that are not accepted`);
process.exitCode = compared > 0 && unexpected === 0 ? 0 : 1;

/** @returns how many tests differ that are not accepted */
async function compare(suite: Suite, { name, version, checkout }: Package): Promise<number> {
  const modules = layOut(packages, checkout);
  const remove = () => rmSync(dirname(modules), { recursive: true, force: true });
  process.once('exit', remove); // a signal ends the process in between
  try {
    const folder = join(modules, name);
    const files = filesOf(suite, folder);
    console.log(`${name} ${version}: ${files.length} files, without instrumentation …`);
    const bare = await runSuite(suite, folder, files, await environment.bare(suite));
    console.log(`${name} ${version}: ${summary(bare)}; with instrumentation …`);
    const before = environment.exports();
    const ours = await runSuite(suite, folder, files, await environment.instrumented(suite), preload);
    console.log(`${name} ${version}: ${summary(ours)}`);
    if (environment.exports() === before) throw new Error(`${name}: nothing was exported, so nothing was instrumented`);
    for (const test of failingInBoth(bare, ours)) console.log(`  fails both ways: ${test}`);
    return print(suite, await confirmed(suite, folder, differencesOf(bare, ours)));
  } finally {
    process.off('exit', remove);
    remove();
  }
}

/** Those that differ once more. A test that fails now and then does not. */
async function confirmed(suite: Suite, folder: string, found: Difference[]): Promise<Difference[]> {
  const files = filesOf(suite, folder).filter(
    (file) => suite.runner === 'mocha' || found.some(({ test }) => test.startsWith(`${file} > `)),
  );
  if (found.length === 0 || files.length === 0) return found;
  const bare = await runSuite(suite, folder, files, await environment.bare(suite));
  const ours = await runSuite(suite, folder, files, await environment.instrumented(suite), preload);
  const again = new Set(differencesOf(bare, ours).map(({ test }) => test));
  for (const { test } of found.filter((one) => !again.has(one.test))) console.log(`  differs now and then: ${test}`);
  return found.filter(({ test }) => again.has(test));
}

function print(suite: Suite, differences: Difference[]): number {
  const reasonOf = ({ test }: Difference) => accepted.find((one) => one.package === suite.package && one.test.test(test))?.reason;
  for (const difference of differences) {
    const reason = reasonOf(difference);
    console.log(`  ${reason ? 'accepted' : 'DIFFERS'}: ${difference.test}: ${difference.bare} without, ${difference.ours} with`);
    console.log(`    ${(reason ?? difference.message ?? '').trim().split('\n').slice(0, 12).join('\n    ')}`);
  }
  return differences.filter((difference) => !reasonOf(difference)).length;
}
