// The versions of Node.js, from the npm packages `node`.
import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface Runtime {
  /** As it was asked for, such as `24`. */
  asked: string;
  /** As it is, such as `24.21.0`. */
  version: string;
  /** The folder of its executable, for PATH. */
  bin: string;
}

/** @param folder an existing folder to install into */
export async function installRuntime(asked: string, folder: string): Promise<Runtime> {
  const own = join(folder, `node-${asked}`);
  mkdirSync(own);
  // the script of `node` installs the package for this platform
  writeFileSync(join(own, 'package.json'), JSON.stringify({ private: true, allowScripts: { node: true } }));
  await run('npm', ['install', '--no-audit', '--no-fund', '--ignore-scripts=false', `node@${asked}`], { cwd: own });
  const bin = join(own, 'node_modules/node/bin');
  const { stdout } = await run(join(bin, 'node'), ['--version']);
  return { asked, version: stdout.trim().slice(1), bin };
}
