// An OpenFeature provider for flagd, https://flagd.dev, in place of the file. flagd sends it all flags, and again after each change.
import { setTimeout as pause } from 'node:timers/promises';
import { FlagdProvider } from '@openfeature/flagd-provider';
import { OpenFeature } from '@openfeature/server-sdk';
import { context } from '@opentelemetry/api';
import { suppressTracing } from '@opentelemetry/core';

const retryMs = 1_000;

/**
 * Connects to flagd, or continues to try in the background. Each attempt has a provider of its own: one whose first attempt failed
 * never reports that a flag has changed.
 *
 * @param address of flagd: its host, and the port on which it sends the flags, 8015 unless it is configured otherwise
 * @param log is told when flagd does not respond; until it does, no flag has a value
 * @param signal ends the attempts
 */
export async function connectToFlagd(
  domain: string,
  address: string,
  log: (sentence: string) => void,
  signal: AbortSignal,
): Promise<void> {
  try {
    await connect(domain, address);
  } catch (error) {
    log(`flagd at ${address} does not respond (${(error as Error).message}): all faults are off until it does`);
    void retry(domain, address, signal);
  }
}

async function retry(domain: string, address: string, signal: AbortSignal): Promise<void> {
  for (;;) {
    try {
      await pause(retryMs, undefined, { signal, ref: false });
      return await connect(domain, address);
    } catch {
      if (signal.aborted) return;
    }
  }
}

/** Untraced: a span of the stream of flags would end every ten minutes, as an error, when the stream is renewed. */
function connect(domain: string, address: string): Promise<void> {
  const [host, port] = address.split(':');
  const provider = new FlagdProvider({ resolverType: 'in-process', host, port: Number(port) });
  return context.with(suppressTracing(context.active()), () => OpenFeature.setProviderAndWait(domain, provider));
}
