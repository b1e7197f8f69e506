// Where a suite runs: in a copy of its package that lies in a folder `node_modules`, since instrumentations recognize a package by that.
import {
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative, sep } from 'node:path';

export interface Package {
  name: string;
  version: string;
  folder: string;
  /** Of the repository: the same folder, unless it has several packages. */
  checkout: string;
}

/** @param folder holds the checkouts, under any name */
export function findPackages(folder: string): Package[] {
  return ['*', '*/packages/*'].flatMap((pattern) =>
    globSync(`${pattern}/package.json`, { cwd: folder }).map((path) => {
      const { name, version } = JSON.parse(readFileSync(join(folder, path), 'utf8'));
      return { name, version, folder: join(folder, dirname(path)), checkout: join(folder, path.split(sep)[0] as string) };
    }),
  );
}

/** Copies the sources of all packages of a checkout; what they depend on is linked. @returns the folder `node_modules` */
export function layOut(all: Package[], checkout: string): string {
  const inCheckout = all.filter((one) => one.checkout === checkout);
  const workspaces = inCheckout.filter(({ folder }) => folder !== checkout);
  const packages = workspaces.length > 0 ? workspaces : inCheckout;
  const modules = join(mkdtempSync(join(tmpdir(), 'upstream-')), 'node_modules');
  for (const { name, folder } of packages) {
    const isOwn = (path: string) => relative(folder, path) !== 'node_modules';
    cpSync(folder, join(modules, name), { recursive: true, filter: isOwn });
    const own = join(folder, 'node_modules');
    if (existsSync(own)) symlinkSync(own, join(modules, name, 'node_modules'));
  }
  if (workspaces.length > 0) linkShared(join(checkout, 'node_modules'), modules);
  return modules;
}

/** What a repository installs once for its packages. */
function linkShared(shared: string, modules: string): void {
  const link = (name: string) => {
    if (!existsSync(join(modules, name))) symlinkSync(realpathSync(join(shared, name)), join(modules, name));
  };
  for (const name of readdirSync(shared)) {
    if (!name.startsWith('@')) link(name);
    else {
      mkdirSync(join(modules, name), { recursive: true });
      for (const scoped of readdirSync(join(shared, name))) link(join(name, scoped));
    }
  }
}
