// What is done to the demo in the cluster while it is written to.
import { drainInSteps, endOneOfEach, killPodOf, roll, scaleTo, workloads } from './cluster.ts';

export interface Fault {
  /** As FAULT names it, and in words. */
  name: string;
  what: string;
  /** Resolves when it is over; from then on the time to recover counts. */
  happen(): Promise<void>;
  /** What may be missing of the writes that were answered in its time and just before. */
  mayLose?: { why: string; withinMs: number };
}

/** A batch waits for 200 ms, and its export takes a while under this load. */
const inMemory = { why: 'what the killed process had in memory and had not sent yet', withinMs: 1_500 };
/** decision_wait_after_root_received in sampler.yaml, and a second until it looks. */
const undecided = { why: 'traces that waited in the memory of the killed sampler for their decision', withinMs: 3_000 };
/** As in lab/chaos/faults.ts. */
const inTempo = {
  why: 'what Tempo had accepted and not yet written to its disk, which it does after up to 2 s',
  withinMs: 3_500,
};

const mayLose: Record<string, Fault['mayLose']> = {
  frontend: inMemory,
  backend: inMemory,
  'collector-sampler': undecided,
  tempo: inTempo,
};

/** What can be restarted at the same time; of two zones one after the other. */
const rollOrder: RegExp[] = [
  /\/(frontend|backend|collector|loki.*|prometheus|grafana)$/,
  /\/(collector-sampler|tempo|tempo-(?!live-store-zone-b).*)$/,
  /\/(tempo-live-store-zone-b|s3)$/,
  /\/(kafka|postgres)$/,
];

export async function findFaults(): Promise<Fault[]> {
  const all = await workloads();
  const names = all.map((workload) => workload.split('/')[1] as string);
  const kills = names.map(
    (name): Fault => ({
      name: `kill-${name}`,
      what: `\`kill -9\` of ${name}`,
      happen: () => killPodOf(name),
      ...(mayLose[name] ? { mayLose: mayLose[name] } : {}),
    }),
  );
  const atScale = names.includes('collector-sampler') ? [scaleSamplers, scaleLiveStores, endHops, ...[1, 2, 3].map(drain)] : [];
  return [...kills, ...atScale, ...[1, 2, 3].map(rollAll)];
}

const scaleSamplers: Fault = {
  name: 'scale-samplers',
  what: 'the samplers are scaled from 2 to 3',
  happen: () => scaleTo('statefulset/collector-sampler', 3),
};

const scaleLiveStores: Fault = {
  name: 'scale-live-stores',
  what: 'the live-stores are scaled from 1 to 2 in each zone, and with them the partitions in use',
  async happen() {
    await scaleTo('statefulset/tempo-live-store-zone-a', 2);
    await scaleTo('statefulset/tempo-live-store-zone-b', 2);
  },
};

/** The second round comes while CoreDNS may still answer with the address of a sampler that ended in the first. */
const endHops: Fault = {
  name: 'end-hops',
  what: 'one pod each of frontend, backend, collector and collector-sampler ends, twice',
  async happen() {
    for (let round = 0; round < 2; round++) await endOneOfEach(['frontend', 'backend', 'collector', 'collector-sampler']);
  },
};

function drain(run: number): Fault {
  return {
    name: `drain-${run}`,
    what: `\`kubectl drain\`, one pod of every workload at a time, run ${run} of 3`,
    happen: drainInSteps,
  };
}

function rollAll(run: number): Fault {
  return {
    name: `roll-all-${run}`,
    what: `rolling restart of everything, run ${run} of 3`,
    async happen() {
      const all = await workloads();
      for (const group of rollOrder) {
        const members = all.filter((workload) => group.test(workload));
        if (members.length > 0) await roll(...members);
      }
    },
  };
}
