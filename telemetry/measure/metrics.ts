// What metrics cost under load: CPU with OTEL_METRICS_EXPORTER, in multiples of the same service without.
import { startPostgres } from '../../test/support/postgres.ts';
import { cpuOf } from './cpu.ts';
import { startReceiver } from './receiver.ts';
import type { SetUp } from './running.ts';
import { table, withNoise } from './statistics.ts';

const off: SetUp = { name: 'off', preload: 'src/register.ts' };
const on: SetUp = {
  name: 'on',
  preload: 'src/register.ts',
  env: { OTEL_METRICS_EXPORTER: 'otlp', OTEL_METRIC_EXPORT_INTERVAL: '10000' },
};

export async function measure(): Promise<string> {
  const [postgres, receiver] = await Promise.all([startPostgres(), startReceiver()]);
  try {
    const cpu = await cpuOf([off, { ...off, name: 'off again' }, on], receiver, postgres);
    const base = cpu[off.name] as number[];
    const rows = Object.entries(cpu).map(([name, samples]) => [
      name,
      withNoise(samples.map((each, round) => each / (base[round] as number))),
    ]);
    return table(['metrics', 'CPU, times off'], rows);
  } finally {
    receiver.stop();
    await postgres.stop();
  }
}
