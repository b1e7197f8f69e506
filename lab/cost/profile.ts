// Where a CPU profile (node --cpu-prof) says that the time went, by package.
import { readFileSync } from 'node:fs';

interface CpuProfile {
  nodes: { id: number; callFrame: { functionName: string; url: string } }[];
  samples: number[];
  timeDeltas: number[];
}

export interface Share {
  /** A package, a folder of this repository, `node:` for Node.js itself, or what V8 calls its own work: (garbage collector), (program). */
  where: string;
  ms: number;
}

/** @returns self time by package, the largest first; idle time is left out */
export function sharesOf(path: string): Share[] {
  const { nodes, samples, timeDeltas }: CpuProfile = JSON.parse(readFileSync(path, 'utf8'));
  const placeOf = new Map(nodes.map(({ id, callFrame }) => [id, placeOfFrame(callFrame)]));
  const ms = new Map<string, number>();
  samples.forEach((id, index) => {
    const where = placeOf.get(id) as string;
    ms.set(where, (ms.get(where) ?? 0) + (timeDeltas[index] as number) / 1000);
  });
  ms.delete('(idle)');
  return [...ms].map(([where, time]) => ({ where, ms: time })).sort((a, b) => b.ms - a.ms);
}

const root = new URL('../../', import.meta.url).href;

function placeOfFrame({ functionName, url }: { functionName: string; url: string }): string {
  const inPackage = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1];
  if (inPackage) return inPackage;
  if (url.startsWith('node:')) return url.startsWith('node:internal/async') ? 'node:async_hooks' : 'node:';
  if (url === '') return functionName.startsWith('(') ? functionName : 'node: (native)';
  return `${url.replace(root, '').split('/', 1)[0]}/`;
}
