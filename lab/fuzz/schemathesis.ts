// Checks an API against its OpenAPI description: https://schemathesis.readthedocs.io
import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const requirements = fileURLToPath(new URL('requirements.txt', import.meta.url));
const configuration = fileURLToPath(new URL('schemathesis.toml', import.meta.url));
const version = readFileSync(requirements, 'utf8').trim().replace('==', '-');
const environment = fileURLToPath(new URL(`../../node_modules/.cache/${version}`, import.meta.url));
const command = join(environment, 'bin', 'schemathesis');

/** @throws {Error} if Python is missing or the package cannot be installed */
export async function installSchemathesis(): Promise<void> {
  if (existsSync(command)) return;
  await run('python3', ['-c', 'import venv, ensurepip, sys; assert sys.version_info >= (3, 10)']).catch(() => {
    throw new Error('make fuzz needs Python 3.10 or newer with venv (Debian: apt-get install python3-venv)');
  });
  await run('python3', ['-m', 'venv', '--clear', environment]);
  await run(join(environment, 'bin', 'pip'), ['install', '--quiet', '--disable-pip-version-check', '-r', requirements]).catch(
    ({ stderr }) => {
      throw new Error(`pip cannot install ${version}: ${String(stderr).trim().split('\n').at(-1)}`);
    },
  );
}

/** @returns its output, and whether the API matches its description */
export async function runSchemathesis(url: string, seed: number): Promise<{ isRight: boolean; output: string }> {
  const options = ['--no-color', '--continue-on-failure', '--generation-database=none', '--suppress-health-check=all'];
  const limits = ['--max-examples=60', '--request-timeout=15', '--workers=4', `--seed=${seed}`];
  try {
    const { stdout } = await run(command, ['--config-file', configuration, 'run', `${url}/docs/json`, ...options, ...limits], {
      maxBuffer: 1e8,
      cwd: environment,
    });
    return { isRight: true, output: stdout };
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    return { isRight: false, output: stdout + stderr };
  }
}
