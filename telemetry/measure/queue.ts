// Our queue, exporter and serializer beside the SDK's: CPU under load, and what arrives through an outage of the receiver and over a restart.
import { setTimeout as pause } from 'node:timers/promises';
import { createDatabase, type Postgres, startPostgres } from '../../test/support/postgres.ts';
import { cpuOf } from './cpu.ts';
import { type Counts, type Receiver, startReceiver } from './receiver.ts';
import { logsPerRequest, type Running, type SetUp, spansPerRequest, start } from './running.ts';
import { median, table, withNoise } from './statistics.ts';

const enabled = { OTEL_NODE_ENABLED_INSTRUMENTATIONS: 'fastify,pg,pino' };
const bare: SetUp = { name: 'no telemetry' };
const ours: SetUp = { name: 'this package', preload: 'src/register.ts', env: enabled };
const theirQueue: SetUp = {
  name: 'queue of the SDK',
  preload: 'measure/sdk-delivery.ts',
  env: { OUR_SERIALIZER: '1' },
};
const theirs: SetUp = { name: 'queue and serializer of the SDK', preload: 'measure/sdk-delivery.ts' };
const delivering = [ours, theirQueue, theirs];

const deliveryRounds = 3;
const outage = { beforeS: 3, downS: 20, afterS: 5, rate: 100 };
/** Longer than gRPC's pause after so long an outage. */
const quietAfterS = 40;
const restartRequests = 400;
const ends = ['SIGTERM', 'exit', 'crash'] as const;

export async function measure(): Promise<string> {
  const [postgres, receiver] = await Promise.all([startPostgres(), startReceiver()]);
  try {
    const cpu = await cpuOf([bare, ...delivering], receiver, postgres);
    const through = await throughOutage(receiver, postgres);
    const over = await overRestart(receiver, postgres);
    const base = cpu[bare.name] as number[];
    const own = cpu[ours.name] as number[];
    return table(
      ['', 'CPU, times no telemetry', 'telemetry above bare, times this package', `outage of ${outage.downS} s`, ...ends],
      delivering.map(({ name }) => {
        const each = cpu[name] as number[];
        const ratios = each.map((value, round) => value / (base[round] as number));
        const above = each.map(
          (value, round) => (value - (base[round] as number)) / ((own[round] as number) - (base[round] as number)),
        );
        return [
          name,
          withNoise(ratios),
          withNoise(above),
          share(through[name]),
          ...ends.map((end) => share(over[`${name} ${end}`])),
        ];
      }),
    );
  } finally {
    receiver.stop();
    await postgres.stop();
  }
}

type Shares = Record<string, number[]>;

function share(values: number[] = []): string {
  return `${(median(values) * 100).toFixed(1)} % (${values.map((value) => (value * 100).toFixed(1)).join(', ')})`;
}

/** All set-ups serve a steady rate of requests while the receiver goes down and comes back. */
async function throughOutage(receiver: Receiver, postgres: Postgres): Promise<Shares> {
  const shares: Shares = {};
  const database = await createDatabase(postgres, 'outage');
  for (let round = 1; round <= deliveryRounds; round += 1) {
    const running = await startAll(receiver, database);
    const { beforeS, downS, afterS, rate } = outage;
    const loaded = Promise.all(running.map((one) => one.load({ connections: 4, rate, seconds: beforeS + downS + afterS })));
    await pause(beforeS * 1_000);
    await receiver.close();
    await pause(downS * 1_000);
    await receiver.open();
    const answered = await loaded;
    const delivered = await Promise.all(running.map((one, place) => whenQuiet(receiver, one, answered[place] as number)));
    for (const [place, one] of running.entries()) {
      note(shares, one.name, delivered[place] as number);
      await one.end('SIGTERM');
    }
    console.error(`outage ${round} of ${deliveryRounds}: ${JSON.stringify(shares)}`);
  }
  return shares;
}

/** A process ends just after its last response. */
async function overRestart(receiver: Receiver, postgres: Postgres): Promise<Shares> {
  const shares: Shares = {};
  const database = await createDatabase(postgres, 'restart');
  for (let round = 1; round <= deliveryRounds; round += 1) {
    for (const end of ends) {
      for (const one of await startAll(receiver, database)) {
        const answered = await one.load({ connections: 4, amount: restartRequests });
        await one.end(end);
        note(shares, `${one.name} ${end}`, shareOf(await receiver.counts(one.service), answered));
      }
    }
    console.error(`restart ${round} of ${deliveryRounds}: ${JSON.stringify(shares)}`);
  }
  return shares;
}

function startAll(receiver: Receiver, database: Record<string, string>): Promise<Running[]> {
  return Promise.all(delivering.map((setUp) => start(setUp, { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint, ...database })));
}

/** @returns the delivered share: all, or that after which nothing more came for longer than gRPC waits before it connects again */
async function whenQuiet(receiver: Receiver, { service }: Running, answered: number): Promise<number> {
  let last = -1;
  for (let quietS = 0; quietS < quietAfterS && last < 1; quietS += 1) {
    await pause(1_000);
    const now = shareOf(await receiver.counts(service), answered);
    if (now !== last) quietS = 0;
    last = now;
  }
  return last;
}

/** At most 1: a request that is not answered when the load ends has telemetry, too. */
function shareOf({ spans, logs }: Counts, answered: number): number {
  return Math.min(1, (spans + logs) / (answered * (spansPerRequest + logsPerRequest)));
}

function note(shares: Shares, name: string, value: number): void {
  shares[name] = [...(shares[name] ?? []), value];
}
