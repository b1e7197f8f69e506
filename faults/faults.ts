// The faults that can be switched on, and whether one is.
import { type Client, OpenFeature, ProviderEvents } from '@openfeature/server-sdk';
import type { FastifyBaseLogger } from 'fastify';
import { currentTraceId } from '../service/trace-id.ts';
import { evaluationEvents } from './evaluation-events.ts';
import { createFlagFileProvider } from './flag-file.ts';

export interface Faults {
  /** Of a fault that has a share, such as failing-writes, the trace decides whether it is among it. */
  isOn(name: string): Promise<boolean>;
  /** Calls a function now and whenever the faults change. */
  follow(name: string, onChange: (isOn: boolean) => void): Promise<void>;
  close(): Promise<void>;
}

/** @param path of a file like flags.json */
export async function openFaults(path: string, log: FastifyBaseLogger): Promise<Faults> {
  const provider = createFlagFileProvider(path, (sentence) => log.warn(sentence));
  await OpenFeature.setProviderAndWait('faults', provider);
  const client = OpenFeature.getClient('faults');
  const observed = OpenFeature.getClient('faults').addHooks(evaluationEvents);

  return {
    isOn: async (name) => provider.isEnabled(name) && evaluate(observed, name),
    async follow(name, onChange) {
      const update = async () => onChange(await evaluate(client, name));
      client.addHandler(ProviderEvents.ConfigurationChanged, update);
      await update();
    },
    close: () => OpenFeature.close(),
  };
}

function evaluate(client: Client, name: string): Promise<boolean> {
  return client.getBooleanValue(name, false, { targetingKey: currentTraceId() ?? 'no trace' });
}
