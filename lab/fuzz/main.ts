// make fuzz: checks that both services handle malformed and random requests. make fuzz SEED=7 repeats a run.
import { randomInt } from 'node:crypto';
import { createDatabase, startPostgres } from '../../test/support/postgres.ts';
import { type Service, startService } from '../../test/support/service.ts';
import { until } from '../../test/support/until.ts';
import { startViewer } from '../../test/support/viewer.ts';
import { randomFrom } from './random.ts';
import { fuzz } from './raw.ts';
import { someRequests, someTraceHeaders } from './requests.ts';
import { installSchemathesis, runSchemathesis } from './schemathesis.ts';

const connections = 3_000;
/** Allowed heap growth for 3,000 more connections. A leak of 1 KiB per connection exceeds it. */
const growthBytes = 2 ** 20 * 2;

const seed = Number(process.env.SEED) || randomInt(2 ** 31);
const startedAt = Date.now();
const outcomes: boolean[] = [];

await installSchemathesis().catch(({ message }: Error) => {
  console.error(message);
  process.exit(1);
});
console.log(`seed ${seed}`);
const postgres = await startPostgres();
const viewer = await startViewer();
const services: Service[] = [];
try {
  const nodeArgs = ['--expose-gc', '--import', './lab/heap.ts'];
  const env = { ...(await createDatabase(postgres, 'fuzz')), ...viewer.env, EMIT_INTERVAL_MS: '0', LOG_LEVEL: 'warn' };
  const backend = await startService('backend', { env, nodeArgs });
  services.push(backend);
  const frontend = await startService('frontend', { env: { ...env, BACKEND_PORT: new URL(backend.url).port }, nodeArgs });
  services.push(frontend);

  await fuzzService('backend', backend, 'POST /numbers HTTP/1.1');
  await fuzzService('frontend', frontend, 'POST /write HTTP/1.1');
} finally {
  for (const service of services.toReversed()) await service.stop();
  await viewer.stop();
  await postgres.stop();
}
const passed = outcomes.filter(Boolean).length;
console.log(`${passed} passed, ${outcomes.length - passed} failed`);
process.exitCode = passed === outcomes.length ? 0 : 1;

async function fuzzService(name: string, service: Service, write: string): Promise<void> {
  const { isRight, output } = await runSchemathesis(service.url, seed);
  verdict(
    `${name}: the API matches its OpenAPI description (${/(\d+) generated/.exec(output)?.[1] ?? 'no'} cases)`,
    isRight,
    output,
  );

  const random = randomFrom(seed);
  const send = () => fuzz(service.url, connections, () => someRequests(random));
  const first = await send();
  const before = await heapOf(service);
  const wrong = [...first, ...(await send())];
  const grownBytes = (await heapOf(service)) - before;
  verdict(`${name}: ${2 * connections} connections with malformed HTTP`, wrong.length === 0, wrong.join('\n'));
  verdict(
    `${name}: the heap grew by ${(grownBytes / 2 ** 20).toFixed(2)} MiB during the last ${connections} connections`,
    grownBytes < growthBytes,
  );

  const writes = await fuzz(service.url, 1_000, () => someTraceHeaders(random, write), 201);
  verdict(`${name}: 1000 writes with random trace headers return 201`, writes.length === 0, writes.join('\n'));
  const isUp = service.process.exitCode === null && (await fetch(`${service.url}/readyz`)).ok;
  const isCalm = !/"level":[56]0|\n\s+at |refused by/.test(service.output());
  verdict(`${name}: still running, without errors in its log or refused spans`, isUp && isCalm, service.output());
}

/** @returns the heap in use after a garbage collection, in bytes */
async function heapOf(service: Service): Promise<number> {
  const start = service.output().length;
  service.process.kill('SIGCONT');
  return Number(await until('the heap', () => /heap (\d+)\n/.exec(service.output().slice(start))?.[1]));
}

function verdict(what: string, isRight: boolean, reason = ''): void {
  outcomes.push(isRight);
  console.log(`${((Date.now() - startedAt) / 1_000).toFixed(0).padStart(4)} s  ${isRight ? 'ok    ' : 'FAILED'}  ${what}`);
  if (!isRight) console.log(reason);
}
