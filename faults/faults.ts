// The faults that can be switched on, and whether one is.
import { type Client, OpenFeature, ProviderEvents } from '@openfeature/server-sdk';
import type { FastifyBaseLogger } from 'fastify';
import { currentTraceId } from '../service/trace-id.ts';
import { evaluationEvents } from './evaluation-events.ts';
import { createFlagFileProvider } from './flag-file.ts';
import { connectToFlagd } from './flagd.ts';

/** The flags are those of flagd, or else of a file like flags.json. */
export interface FaultSettings {
  FLAGD_ADDRESS?: string;
  FAULTS_FILE?: string;
}

export interface Faults {
  /** For a fault that affects a share of the requests, such as failing-writes, depends on the trace id. */
  isOn(name: string): Promise<boolean>;
  /** Calls a function now and whenever the faults change. */
  follow(name: string, onChange: (isOn: boolean) => void): Promise<void>;
  close(): Promise<void>;
}

const domain = 'faults';

/** @returns undefined without a setting: the service has no faults */
export async function openFaults(settings: FaultSettings, log: FastifyBaseLogger): Promise<Faults | undefined> {
  const { FLAGD_ADDRESS, FAULTS_FILE } = settings;
  const closing = new AbortController();
  const warn = (sentence: string) => log.warn(sentence);
  let mayBeOn: (name: string) => boolean = () => true;
  if (FLAGD_ADDRESS) {
    await connectToFlagd(domain, FLAGD_ADDRESS, warn, closing.signal);
  } else if (FAULTS_FILE) {
    const provider = createFlagFileProvider(FAULTS_FILE, warn);
    await OpenFeature.setProviderAndWait(domain, provider);
    mayBeOn = provider.isEnabled;
  } else {
    return undefined;
  }
  const client = OpenFeature.getClient(domain);
  const observed = OpenFeature.getClient(domain).addHooks(evaluationEvents);

  return {
    isOn: async (name) => mayBeOn(name) && evaluate(observed, name),
    async follow(name, onChange) {
      let current: boolean | undefined;
      const update = async () => {
        const isOn = await evaluate(client, name);
        if (isOn !== current) onChange(isOn);
        current = isOn;
      };
      for (const event of [ProviderEvents.Ready, ProviderEvents.ConfigurationChanged]) client.addHandler(event, update);
      await update();
    },
    async close() {
      closing.abort();
      await OpenFeature.clearProviders();
    },
  };
}

function evaluate(client: Client, name: string): Promise<boolean> {
  return client.getBooleanValue(name, false, { targetingKey: currentTraceId() ?? 'no trace' });
}
