// Loads the viewer from the service's packages or from the user's cache directory. Installs it if it is in neither.
import { rmSync } from 'node:fs';
import { createRequire, findPackageJSON } from 'node:module';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { readPackage } from '../nearest-package.ts';
import { CommandError } from './command-error.ts';
import { installViewer } from './install-viewer.ts';
import { viewerPackage } from './versions.ts';
import type { ViewerModule } from './viewer.ts';

const { name, version } = viewerPackage;

/** @throws {CommandError} if it cannot be installed */
export async function loadViewer(): Promise<ViewerModule> {
  process.removeAllListeners('warning'); // hides the warning of Node.js 22 that node:sqlite, which the viewer uses, is experimental
  const cached = join(cacheDirectory(), `${name}-${version}`);
  return loadFrom(process.cwd()) ?? loadFrom(cached) ?? (await loadInstalled(cached));
}

async function loadInstalled(folder: string): Promise<ViewerModule> {
  rmSync(folder, { recursive: true, force: true }); // existing content could not be loaded
  await installViewer(folder);
  const viewer = loadFrom(folder);
  if (!viewer) throw new CommandError(`the viewer in ${folder} cannot be loaded`);
  return viewer;
}

/** Loads only the expected version, because others may have a different interface. */
function loadFrom(folder: string): ViewerModule | undefined {
  try {
    const base = join(folder, 'package.json');
    const manifest = findPackageJSON(name, base);
    if (manifest === undefined || readPackage(manifest).version !== version) return undefined;
    return createRequire(base)(`${name}/server`);
  } catch {
    return undefined;
  }
}

function cacheDirectory(): string {
  const ofSystem = process.platform === 'darwin' ? join(homedir(), 'Library', 'Caches') : join(homedir(), '.cache');
  return join(process.env.XDG_CACHE_HOME || ofSystem, 'fastify-otlp');
}
