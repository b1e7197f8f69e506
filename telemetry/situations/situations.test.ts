// Each application of applications/ is run bare, with the default auto-instrumentation and with ours.
// It must print, answer, throw and exit the same; its spans and log records must be those that its expected.ts states.
import { readdirSync } from 'node:fs';
import { describe, inject, test } from 'vitest';
import { createDatabase } from '../../test/support/postgres.ts';
import type { LogRecord, Span } from '../test/support/otlp-receiver.ts';
import { type Ended, nodeMajor, runApplication, type SetUp } from './support/application.ts';
import { compareOutput, compareTelemetry, hasArrived } from './support/compare.ts';
import { startReceiver } from './support/receiver.ts';
import { type Situation, type Variant, variantsOf } from './support/situation.ts';

const applications = new URL('applications/', import.meta.url);

for (const folder of readdirSync(applications).sort()) {
  const { default: situation }: { default: Situation } = await import(new URL(`${folder}/expected.ts`, applications).href);
  for (const variant of variantsOf(folder, new URL(`${folder}/main.ts`, applications).pathname, situation)) {
    if ((variant.sinceNode ?? 0) > nodeMajor) continue;
    describe.concurrent(variant.name, () => {
      let started: Promise<Observed> | undefined;
      const bare = () => (started ??= observe(variant, 'bare'));
      test(variant.promise, async ({ expect }) => {
        const { ended } = await bare();
        const ours = await observe(variant, 'ours', ended);
        compareOutput(expect, variant, 'ours', ours.ended, ended);
        compareTelemetry(expect, variant, ours);
      });
      test('the default auto-instrumentation changes only what it is known to change', async ({ expect }) => {
        const { ended } = await bare();
        const stock = await observe(variant, 'stock', ended);
        compareOutput(expect, variant, 'stock', stock.ended, ended);
      });
    });
  }
}

let databases = 0;

export interface Observed {
  ended: Ended;
  spans: Span[];
  logs: LogRecord[];
  bytes: Buffer[];
}

async function observe(variant: Variant, setUp: SetUp, bare?: Ended): Promise<Observed> {
  const protocol = setUp === 'stock' ? 'http/protobuf' : (variant.protocol ?? 'grpc');
  const receiver = await startReceiver(variant.receiver, protocol);
  try {
    const env = {
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint,
      OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
      OTEL_METRICS_EXPORTER: 'none',
      OTEL_NODE_RESOURCE_DETECTORS: 'env,host,os,process', // those of clouds ask the network
      ...(variant.postgres ? await createDatabase(inject('postgres'), `situation_${databases++}`) : {}),
    };
    // an instrumented application may take longer, but it does end; where it is known to hang, it is not waited for
    const patienceMs = setUp === 'stock' && variant.differs?.stock ? 3_000 : 15_000;
    const ended = await runApplication(variant, setUp, env, bare && bare.ms * 5 + patienceMs);
    if (!bare && ended.end === 'still running')
      throw new Error(`the bare application does not end\n${ended.stdout}${ended.stderr}`);
    if (setUp === 'ours') await hasArrived(variant, receiver);
    return { ended, spans: receiver.spans, logs: receiver.logs, bytes: receiver.bytes };
  } finally {
    await receiver.stop();
  }
}
