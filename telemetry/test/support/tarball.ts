// The package as `npm publish` uploads it.
import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const needed = ['src', 'commonjs', 'package.json', 'tsconfig.build.json', 'README.md', 'CHANGELOG.md', 'LICENSE'];

export interface Tarball {
  path: string;
  version: string;
  /** Paths in the package, sorted. */
  files: string[];
}

/**
 * Builds and packs a copy of the package, so that `dist/` of the repository does not change.
 *
 * @param destination an existing folder for the tarball
 * @param prepare is called with the folder of the copy, whose `dist/` is empty
 */
export async function packTarball(destination: string, prepare = (_copy: string) => {}): Promise<Tarball> {
  const copy = mkdtempSync(join(tmpdir(), 'pack-'));
  try {
    const folder = join(copy, 'telemetry');
    mkdirSync(join(folder, 'dist'), { recursive: true });
    for (const name of needed) cpSync(join(root, 'telemetry', name), join(folder, name), { recursive: true });
    cpSync(join(root, 'tsconfig.base.json'), join(copy, 'tsconfig.base.json'));
    symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
    prepare(folder);
    return await pack(folder, destination);
  } finally {
    rmSync(copy, { recursive: true });
  }
}

async function pack(folder: string, destination: string): Promise<Tarball> {
  const args = ['pack', '--json', '--silent', '--pack-destination', destination];
  const { stdout } = await promisify(execFile)('npm', args, { cwd: folder }).catch(({ stdout, stderr }) => {
    throw new Error(`npm pack failed:\n${stdout}${stderr}`);
  });
  const [{ filename, version, files }] = JSON.parse(stdout.slice(stdout.indexOf('[\n')));
  return {
    path: join(destination, filename),
    version,
    files: files.map(({ path }: { path: string }) => path).sort(),
  };
}
