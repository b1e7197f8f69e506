// The compared packages, each installed in a separate folder because their OpenTelemetry versions differ.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const peers = new URL('./peers/', import.meta.url);

/** Installs the exact versions of `peers/NAME/package.json`, unless they are installed. */
export function installPeer(name: string): void {
  const folder = new URL(`${name}/`, peers);
  if (isInstalled(folder)) return;
  console.log(`installing ${name}`);
  const args = ['install', '--no-package-lock', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  const { status } = spawnSync('npm', args, { cwd: folder, stdio: 'inherit' });
  if (status !== 0) throw new Error(`cannot install lab/cost/peers/${name}: see the output of npm above`);
}

/** @returns the URL of its setup module, for `node --import` */
export function preloadOf(name: string): string {
  return new URL(`${name}/telemetry.mjs`, peers).href;
}

function isInstalled(folder: URL): boolean {
  const { dependencies } = JSON.parse(readFileSync(new URL('package.json', folder), 'utf8')) as {
    dependencies: Record<string, string>;
  };
  return Object.entries(dependencies).every(([name, version]) => {
    const path = fileURLToPath(new URL(`node_modules/${name}/package.json`, folder));
    return existsSync(path) && JSON.parse(readFileSync(path, 'utf8')).version === version;
  });
}
