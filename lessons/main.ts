// make lesson NAME=slow-database: breaks the stack that runs, and returns when the symptom is measured. CHECK=1: tells whether it is gone.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { observe } from './observe.ts';
import { createGrafanaStores, createViewerStores } from './stores.ts';
import { type Symptom, symptoms } from './symptoms.ts';

const { MODE, NAME = '', CHECK, UI_PORT, FRONTEND_PORT, TEMPO_PORT, LOKI_PORT } = process.env;
const at = (port: string | undefined) => `http://localhost:${port}`;
const stores = MODE === 'docker' ? createGrafanaStores(at(TEMPO_PORT), at(LOKI_PORT)) : createViewerStores(at(UI_PORT));

/** A service sees a fault within 200 ms, and a symptom that depends on chance shows itself in one of these attempts. */
const attempts = 3;

function pageOf(name: string): string {
  return fileURLToPath(new URL(`${name}.md`, import.meta.url));
}

function titleOf(name: string): string {
  return readFileSync(pageOf(name), 'utf8').split('\n', 1)[0]?.replace('# ', '') ?? name;
}

function listLessons(): void {
  const names = readdirSync(new URL('.', import.meta.url)).filter((file) => file.endsWith('.md'));
  for (const file of names) console.log(`  ${file.replace('.md', '').padEnd(22)} ${titleOf(file.replace('.md', ''))}`);
  console.log('\nmake lesson NAME=slow-database begins one; with CHECK=1, it tells whether the fault is fixed.');
}

async function begin(name: string, symptom: Symptom): Promise<number> {
  const { status } = spawnSync(fileURLToPath(new URL('../faults/fault.sh', import.meta.url)), [name], { stdio: 'inherit' });
  if (status !== 0) return 1;
  console.log(`${titleOf(name)}\n`);
  for (let attempt = 1; attempt <= attempts; attempt += 1) {
    const { symptom: found, traceIds } = await observe(at(FRONTEND_PORT), stores, symptom);
    if (!found) continue;
    console.log(`  measured   ${found}`);
    console.log(`  trace      ${traceIds.at(-1)}`);
    console.log(`  look at    ${at(UI_PORT)} and ${at(FRONTEND_PORT)}`);
    console.log(`  read       lessons/${name}.md`);
    console.log(`  then       fix it, and run make lesson NAME=${name} CHECK=1`);
    return 0;
  }
  console.error(`the fault ${name} is on, and its symptom cannot be measured: make doctor tells what is wrong with the stack`);
  return 1;
}

async function check(symptom: Symptom): Promise<number> {
  const { symptom: found, problem } = await observe(at(FRONTEND_PORT), stores, symptom);
  if (found) console.log(`  not fixed  ${found}`);
  else if (problem) console.log(`  not fixed  ${problem}`);
  else console.log(`  fixed      ${symptom.writes ?? 1} of ${symptom.writes ?? 1} writes are healthy`);
  return found || problem ? 1 : 0;
}

const symptom = symptoms[NAME];
if (NAME === '') listLessons();
else if (!symptom || !existsSync(pageOf(NAME))) {
  console.error(`no lesson is named "${NAME}": make lesson lists them`);
  process.exit(1);
} else {
  try {
    process.exitCode = CHECK ? await check(symptom) : await begin(NAME, symptom);
  } catch (error) {
    const { cause, message } = error as Error;
    console.error(
      `the frontend at ${at(FRONTEND_PORT)} cannot be used: ${cause instanceof Error ? cause.message : message}; make up starts the stack`,
    );
    process.exitCode = 1;
  }
}
