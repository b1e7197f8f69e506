// A service in a temporary folder, with the tarball and its other packages installed.
import { execFile } from 'node:child_process';
import { cpSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Row, readManifest } from './rows.ts';

const run = promisify(execFile);

/**
 * @param folder is created
 * @returns the title of the row
 */
export async function installService(row: Row, tarball: string, folder: string): Promise<string> {
  const { sources } = readManifest(row.folder);
  if (sources) cpSync(join(row.folder, '..', sources), folder, { recursive: true });
  cpSync(row.folder, folder, { recursive: true });
  const args = ['install', '--no-audit', '--no-fund', '--ignore-scripts', tarball, ...row.packages];
  await run('npm', args, { cwd: folder }).catch(({ stdout, stderr }) => {
    throw new Error(`npm install failed:\n${stdout}${stderr}`);
  });
  if ('build' in readManifest(folder).scripts) {
    await run('npm', ['run', '--silent', 'build'], { cwd: folder }).catch(({ stdout, stderr }) => {
      throw new Error(`npm run build failed:\n${stdout}${stderr}`);
    });
  }
  return row.title ?? row.packages.map((name) => titleOf(name, folder)).join(', ');
}

/** @param specifier name and range */
function titleOf(specifier: string, folder: string): string {
  const name = specifier.replace(/@[^@]*$/, '');
  const { version } = JSON.parse(readFileSync(join(folder, 'node_modules', name, 'package.json'), 'utf8'));
  return `${name === 'fastify' ? 'Fastify' : name} ${version}`;
}
