// Runs a process in QEMU, which counts the instructions that it executes: those of all its threads, but not those of the kernel.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const qemu = { x64: 'qemu-x86_64', arm64: 'qemu-aarch64' }[process.arch as string] ?? `qemu-${process.arch}`;
const bytesPerThread = 64;

export interface Emulator {
  version: string;
  /** @returns the program and the arguments that run Node.js, and a function that returns how many instructions it has executed so far */
  run(): { runner: string[]; executed(): number };
  remove(): void;
}

/** @throws {Error} if a tool is missing */
export function createEmulator(): Emulator {
  const folder = mkdtempSync(join(tmpdir(), 'instructions-'));
  const plugin = join(folder, 'counter.so');
  const remove = () => rmSync(folder, { recursive: true, force: true });
  try {
    const [version = ''] = output(qemu, ['--version']).split('\n', 1);
    const pluginVersion = Number(/version (\d+)/.exec(version)?.[1]) < 9 ? 1 : 2;
    output('cc', [
      '-O2',
      `-DVERSION=${pluginVersion}`,
      '-shared',
      '-fPIC',
      '-o',
      plugin,
      fileURLToPath(new URL('counter.c', import.meta.url)),
    ]);
    output(qemu, ['-plugin', `${plugin},out=${join(folder, 'test')}`, process.execPath, '--version']);
    let runs = 0;
    return {
      version,
      run: () => {
        runs += 1;
        const file = join(folder, String(runs));
        return { runner: [qemu, '-plugin', `${plugin},out=${file}`], executed: () => sum(file) };
      },
      remove,
    };
  } catch (error) {
    remove();
    throw error;
  }
}

function output(command: string, args: string[]): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: 'utf8' });
  if (error && (error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  if (error) throw new Error(`${command} is missing; on Debian or Ubuntu: apt-get install qemu-user gcc libc6-dev`);
  if (status !== 0) throw new Error(`${command} failed: ${stderr}`);
  return stdout;
}

/** Of the counters that counter.c writes: one per thread. */
function sum(file: string): number {
  const counters = readFileSync(file);
  let total = 0;
  for (let at = 0; at < counters.length; at += bytesPerThread) total += Number(counters.readBigUInt64LE(at));
  return total;
}
