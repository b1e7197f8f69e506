// make lesson NAME=slow-database: breaks the running stack and returns when the symptom is measured. CHECK=1: checks whether it is gone.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { observe } from './observe.ts';
import { type Symptom, symptoms } from './symptoms.ts';

const { NAME = '', CHECK, UI_PORT, FRONTEND_PORT } = process.env;
const frontendUrl = `http://localhost:${FRONTEND_PORT}`;

/** A service notices a fault within 200 ms, and a symptom that depends on chance is seen in one of these attempts. */
const attempts = 3;

function pageOf(name: string): string {
  return join(import.meta.dirname, `${name}.md`);
}

function titleOf(name: string): string {
  return readFileSync(pageOf(name), 'utf8').split('\n', 1)[0]?.replace('# ', '') ?? name;
}

function listLessons(): void {
  const names = Object.keys(symptoms).filter((name) => existsSync(pageOf(name)));
  for (const name of names) console.log(`  ${name.padEnd(22)} ${titleOf(name)}`);
  console.log('\nmake lesson NAME=slow-database starts one; with CHECK=1, it checks whether the fault is fixed.');
}

async function begin(name: string, symptom: Symptom): Promise<boolean> {
  await fetch(`${frontendUrl}/healthz`); // before a fault is enabled in what does not run
  const { status } = spawnSync(join(import.meta.dirname, '../faults/fault.sh'), [name], { stdio: 'inherit' });
  if (status !== 0) return false;
  console.log(`${titleOf(name)}\n`);
  for (let attempt = 1; attempt <= attempts; attempt += 1) {
    const { found, traceId } = await observe(frontendUrl, symptom);
    if (!found) continue;
    console.log(`  measured   ${found}`);
    console.log(`  trace      ${traceId}`);
    console.log(`  look at    http://localhost:${UI_PORT} and ${frontendUrl}`);
    console.log(`  read       lessons/${name}.md`);
    console.log(`  then       fix it, and run make lesson NAME=${name} CHECK=1`);
    return true;
  }
  console.error(`the fault ${name} is on, but its symptom cannot be measured: run make fault NAME=off, then make doctor`);
  return false;
}

async function check(symptom: Symptom): Promise<boolean> {
  const { found, problem } = await observe(frontendUrl, symptom);
  const { writes = 1 } = symptom;
  console.log(found || problem ? `  not fixed  ${found ?? problem}` : `  fixed      healthy writes: ${writes} of ${writes}`);
  return !found && !problem;
}

const symptom = symptoms[NAME];
if (NAME === '') {
  listLessons();
} else if (!symptom || !existsSync(pageOf(NAME))) {
  console.error(`no lesson is named "${NAME}": make lesson lists them`);
  process.exitCode = 1;
} else {
  try {
    const isSuccess = CHECK ? await check(symptom) : await begin(NAME, symptom);
    process.exitCode = isSuccess ? 0 : 1;
  } catch (error) {
    const { cause, message } = error as Error;
    console.error(
      `the frontend at ${frontendUrl} cannot be used: ${cause instanceof Error ? cause.message : message}; run make up`,
    );
    process.exitCode = 1;
  }
}
