// npm run measure -- queue | serializer | metrics | footprint: the figures of README.md. Prints progress to stderr and tables to stdout.
// Ratios are taken within a round, in which all set-ups have their turn, and are medians over the rounds: what else the machine does hits all alike.

const measurements: Record<string, () => Promise<{ measure(): Promise<string> }>> = {
  queue: () => import('./queue.ts'),
  serializer: () => import('./serializer.ts'),
  metrics: () => import('./metrics.ts'),
  footprint: () => import('./footprint.ts'),
};

const [name = '', ...rest] = process.argv.slice(2);
const load = Object.hasOwn(measurements, name) && rest.length === 0 ? measurements[name] : undefined;
if (!load) {
  console.error(`npm run measure -- NAME: NAME must be one of ${Object.keys(measurements).join(', ')}`);
  process.exit(78);
}
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));
console.log(await (await load()).measure());
process.exit(0);
