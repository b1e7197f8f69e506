// Each fault that is a flag: switched on while both services run, its symptom is in the store; switched off, it is gone.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { observe, type Verdict } from '../../lessons/observe.ts';
import { type Symptom, symptoms } from '../../lessons/symptoms.ts';
import { root } from '../support/service.ts';
import { type Stack, startStack } from '../support/stack.ts';
import { startViewer, type Viewer } from '../support/viewer.ts';

const flags = Object.keys(JSON.parse(readFileSync(join(root, 'faults/flags.json'), 'utf8')).flags);
const directory = mkdtempSync(join(tmpdir(), 'faults '));
const env = { FAULTS_FILE: join(directory, 'flags.json'), LOCAL_STATE_DIRECTORY: directory, MODE: 'local' };
let viewer: Viewer;
let stack: Stack;

beforeAll(async () => {
  fault('off');
  viewer = await startViewer();
  stack = await startStack({ ...viewer.env, FAULTS_FILE: env.FAULTS_FILE });
});

afterAll(async () => {
  await stack.stop();
  await viewer.stop();
  rmSync(directory, { recursive: true });
});

function fault(name: string): void {
  execFileSync(join(root, 'faults/fault.sh'), [name], { env: { ...process.env, ...env } });
}

test.each(flags)('%s', async (name) => {
  const symptom = symptoms[name] as Symptom;
  fault(name);
  const on = await observeUntil(symptom, ({ found }) => found !== undefined);
  expect(on).toMatchObject({ found: expect.any(String) });
  fault('off');
  const off = await observeUntil(symptom, ({ found, problem }) => found === undefined && problem === undefined);
  expect(off).toMatchObject({ found: undefined, problem: undefined });
});

/** The services see the file within 200 ms of a change, and a write may be answered in between. */
async function observeUntil(symptom: Symptom, isExpected: (verdict: Verdict) => boolean): Promise<Verdict> {
  let verdict = await observe(stack.frontend.url, symptom);
  for (let attempt = 0; attempt < 2 && !isExpected(verdict); attempt += 1) verdict = await observe(stack.frontend.url, symptom);
  return verdict;
}
