// Faults that need containers: in networks, disks and replicas.
import { setTimeout as pause } from 'node:timers/promises';
import { compose, containersOf, imageOfFrontend, killContainer } from './docker-stack.ts';
import { type Fault, inMemory } from './faults.ts';
import { run } from './stack.ts';

const cutMs = 60_000;
const fullMs = 15_000;
const files = (extra: string) => ['--file', 'docker-compose.yml', '--file', `lab/chaos/${extra}.yml`];

const cutCollector: Fault = {
  name: 'cut-collector',
  what: `the network to the Collector is cut for ${cutMs / 1_000} s`,
  async inject() {
    const [id = ''] = await containersOf('collector');
    const network = `${process.env.COMPOSE_PROJECT_NAME}_default`;
    await run('docker', 'network', 'disconnect', network, id);
    await pause(cutMs);
    await run('docker', 'network', 'connect', '--alias', 'collector', network, id);
  },
};

/** Enough for a few seconds of this load. */
const roomBytes = 400_000;

const fullQueue: Fault = {
  name: 'full-queue',
  what: `Tempo and Loki are stopped for ${fullMs / 1_000} s, and the disk of the Collector's queue is full`,
  async prepare() {
    await compose(...files('small-queue'), 'up', '--detach', '--no-deps', 'collector');
    await onQueueDisk(`fs.writeFileSync('/queue/ballast', Buffer.alloc(8 * 2 ** 20 - ${roomBytes}))`);
  },
  async inject() {
    await compose('stop', 'tempo', 'loki');
    await pause(fullMs);
    await compose('start', 'tempo', 'loki');
    await onQueueDisk(`fs.rmSync('/queue/ballast')`);
  },
  cleanUp: async () => void (await compose('up', '--detach', '--no-deps', 'collector')),
  allowedLoss: {
    why: 'with a full disk the Collector cannot record what it removes from its queue, and drops it; the Pipeline dashboard counts that as unaccounted',
    withinMs: 0,
    isReported: true,
  },
};

async function onQueueDisk(script: string): Promise<void> {
  const volume = `${process.env.COMPOSE_PROJECT_NAME}_small-queue:/queue`;
  const image = await imageOfFrontend();
  await run(
    'docker',
    'run',
    '--rm',
    '--network=none',
    '--user=0',
    `--volume=${volume}`,
    '--entrypoint=node',
    image,
    '-e',
    script,
  );
}

const oneOfTwoBackends: Fault = {
  name: 'one-of-two-backends',
  what: '`kill -9` of one of two backends',
  prepare: async () =>
    void (await compose(...files('two-backends'), 'up', '--detach', '--no-deps', '--wait', '--scale=backend=2', 'backend')),
  async inject() {
    const [id = ''] = await containersOf('backend');
    await killContainer(id, 'SIGKILL');
  },
  cleanUp: async () => void (await compose('up', '--detach', '--no-deps', '--wait', '--scale=backend=1', 'backend')),
  allowedLoss: inMemory,
};

export const dockerFaults = [cutCollector, fullQueue, oneOfTwoBackends];
