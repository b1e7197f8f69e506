// Each application in applications/ runs bare, with the default auto-instrumentation and with ours.
// Its output, responses, errors and exit must not change; its spans and log records must be those listed in its expected.ts.
import { readdirSync } from 'node:fs';
import { describe, inject, test } from 'vitest';
import { createDatabase } from '../../test/support/postgres.ts';
import { type Ended, nodeMajor, runApplication, type Setup } from './support/application.ts';
import { compareOutput, compareTelemetry, waitForTelemetry } from './support/compare.ts';
import { type Received, startReceiver } from './support/receiver.ts';
import { type Situation, type Variant, variantsOf } from './support/situation.ts';

const applications = new URL('applications/', import.meta.url);

for (const folder of readdirSync(applications).sort()) {
  const { default: situation }: { default: Situation } = await import(new URL(`${folder}/expected.ts`, applications).href);
  for (const variant of variantsOf(folder, new URL(`${folder}/main.ts`, applications).pathname, situation)) {
    if ((variant.sinceNode ?? 0) > nodeMajor) continue;
    describe.concurrent(variant.name, () => {
      test(variant.promise, async ({ expect }) => {
        const bare = await runBare(variant);
        const ours = await observe(variant, 'ours', bare);
        compareOutput(expect, variant, 'ours', ours.ended, bare);
        compareTelemetry(expect, variant, ours.received);
      });
      if (variant.skipsStock) return;
      const difference = variant.differs?.stock ? `differs: ${variant.differs.stock}` : 'behaves as without instrumentation';
      test(`the default auto-instrumentation ${difference}`, async ({ expect }) => {
        const bare = await runBare(variant);
        const { ended } = await observe(variant, 'stock', bare);
        compareOutput(expect, variant, 'stock', ended, bare);
      });
    });
  }
}

let databases = 0;
const bareRuns = new Map<string, Promise<Ended>>();

/** Runs once for variants that differ only in OTEL_* variables, which a bare application ignores. */
function runBare(variant: Variant): Promise<Ended> {
  const { main, args, nodeArgs, program, signal, env } = variant;
  const seen = Object.entries(env ?? {}).filter(([name]) => !name.startsWith('OTEL_'));
  const key = JSON.stringify([main, args, nodeArgs, program, signal, seen]);
  const run = bareRuns.get(key) ?? observe(variant, 'bare').then(({ ended }) => ended);
  bareRuns.set(key, run);
  return run;
}

interface Observed {
  ended: Ended;
  received: Received;
}

async function observe(variant: Variant, setup: Setup, bare?: Ended): Promise<Observed> {
  const protocol = setup === 'stock' ? 'http/protobuf' : (variant.protocol ?? 'grpc');
  const receiver = await startReceiver(variant.receiver, protocol);
  try {
    const env = {
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint,
      OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
      OTEL_METRICS_EXPORTER: 'none',
      OTEL_NODE_RESOURCE_DETECTORS: 'env,host,os,process', // the cloud detectors need the network
      ...(variant.postgres ? await createDatabase(inject('postgres'), `situation_${databases++}`) : {}),
    };
    const deadlines = bare && {
      totalMs: bare.ms * 5 + 15_000, // an instrumented application may be slower, but it must end
      ...(setup === 'stock' && variant.differs?.stock ? { afterSignalMs: 1_500 } : {}), // it may ignore the signal, as documented
    };
    const ended = await runApplication(variant, setup, env, deadlines);
    if (!bare && ended.end === 'still running')
      throw new Error(`the bare application does not end\n${ended.stdout}${ended.stderr}`);
    const received = setup === 'ours' ? await waitForTelemetry(variant, receiver) : { spans: [], logs: [], bytes: [] };
    return { ended, received };
  } finally {
    await receiver.stop();
  }
}
