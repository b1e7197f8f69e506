import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const context = readFileSync(`${root}.kubernetes/context`, 'utf8').trim(); // where make up started it
const options = ['--context', context, '--namespace', 'fastify-opentelemetry-demo'];

/** @returns stdout. @throws where it fails */
export function kubectl(...args: string[]): string {
  return execFileSync('kubectl', [...options, ...args], { cwd: root, encoding: 'utf8', maxBuffer: 1e8 });
}

/** Also what it warns of, and of failures. */
export function tryKubectl(args: string[], input = ''): { status: number | null; output: string } {
  const { status, stdout, stderr } = spawnSync('kubectl', [...options, ...args], {
    cwd: root,
    encoding: 'utf8',
    input,
    maxBuffer: 1e8,
  });
  return { status, output: stdout + stderr };
}
