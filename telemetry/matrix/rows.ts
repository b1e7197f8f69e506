// What is tried: sets of versions, each oldest supported one beside the latest of the others, and ways to build and run a service.
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** What is installed from the registry: 22.15 is the oldest that is supported. */
export const nodeVersions = ['22.15', '24', '26'];

export interface Row {
  /** Shown in the table; undefined for the names and versions of the packages. */
  title?: string;
  /** A row is chosen by a part of it. */
  name: string;
  /** Contains package.json and all other files of the service. */
  folder: string;
  /** Installed in addition to what package.json names. */
  packages: string[];
  /** Scripts of package.json: each runs a service until SIGTERM; `test` sends the request itself, and ends. */
  variants: string[];
  /** Not tried with other versions of Node.js. */
  nodeVersions: string[];
}

const latest = { fastify: '5', pg: '8', pino: '10' };
const oldest = { fastify: '5.0.0', pg: '8.11.0', pino: '9.0.0' };

const sets: Record<string, typeof latest> = {
  latest,
  'oldest fastify': { ...latest, fastify: oldest.fastify },
  'middle fastify': { ...latest, fastify: '5.6' },
  'oldest pg': { ...latest, pg: oldest.pg },
  'middle pg': { ...latest, pg: '8.16' },
  'oldest pino': { ...latest, pino: oldest.pino },
  'latest pino 9': { ...latest, pino: '9' },
  oldest,
};

const services = fileURLToPath(new URL('services', import.meta.url));

export const versionRows: Row[] = Object.entries(sets).map(([name, packages]) => ({
  name: `versions ${name}`,
  folder: services,
  packages: Object.entries(packages).map((entry) => entry.join('@')),
  variants: variantsOf(services),
  nodeVersions,
}));

const consumers = fileURLToPath(new URL('../consumers', import.meta.url));

export const consumerRows: Row[] = readdirSync(consumers, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name)
  .sort()
  .map((name) => {
    const folder = `${consumers}/${name}`;
    const { description, engines } = readManifest(folder);
    return {
      title: description,
      name: `consumer ${name}`,
      folder,
      packages: [],
      variants: variantsOf(folder),
      nodeVersions: nodeVersions.filter(
        (version) => !engines || Number(version.split('.')[0]) >= Number(/\d+/.exec(engines.node)?.[0]),
      ),
    };
  });

/** Every script but `build`. */
function variantsOf(folder: string): string[] {
  return Object.keys(readManifest(folder).scripts).filter((name) => name !== 'build');
}

interface Manifest {
  description: string;
  /** Another folder, whose files this one has beside its own. */
  sources?: string;
  engines?: { node: string };
  scripts: Record<string, string>;
}

export function readManifest(folder: string): Manifest {
  return JSON.parse(readFileSync(`${folder}/package.json`, 'utf8'));
}
