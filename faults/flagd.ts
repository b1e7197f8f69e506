// An OpenFeature provider for flagd, https://flagd.dev, in place of the file. flagd sends it all flags, and again after each change.
import { setTimeout as pause } from 'node:timers/promises';
import { FlagdProvider } from '@openfeature/flagd-provider';
import { OpenFeature } from '@openfeature/server-sdk';
import { context } from '@opentelemetry/api';
import { suppressTracing } from '@opentelemetry/core';
import { answersAt } from '../telemetry/src/dev/taken-ports.ts';

const retryMs = 500;

/**
 * Connects to flagd, or continues to try in the background. The provider is created once flagd accepts connections: one whose first
 * attempt failed never reports that a flag has changed, and cannot be stopped.
 *
 * @param address of flagd: its host, and the port on which it sends the flags, 8015 unless it is configured otherwise
 * @param log called if flagd does not respond; all faults are off until it does
 * @param signal ends the attempts
 */
export async function connectToFlagd(
  domain: string,
  address: string,
  log: (sentence: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const [host = '', port] = address.split(':');
  const target = { host, port: Number(port) };
  const accepts = () => answersAt(host, target.port);

  /** Untraced: a span of the stream of flags would end every ten minutes, as an error, when the stream is renewed. */
  async function connect(): Promise<void> {
    const provider = new FlagdProvider({ resolverType: 'in-process', ...target });
    try {
      await context.with(suppressTracing(context.active()), () => OpenFeature.setProviderAndWait(domain, provider));
    } catch (error) {
      const { message } = error as Error;
      log(`flagd at ${address} accepts connections, but sends no flags (${message}): restart this service once it does`);
    }
  }

  async function connectLater(): Promise<void> {
    do await pause(retryMs, undefined, { ref: false });
    while (!signal.aborted && !(await accepts()));
    if (!signal.aborted) await connect();
  }

  if (await accepts()) return connect();
  log(`flagd at ${address} does not respond: all faults are off until it does`);
  void connectLater();
}
