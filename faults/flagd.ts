// An OpenFeature provider for flagd, https://flagd.dev, in place of the file. flagd sends it all flags, and again after each change.
import { connect as connectSocket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { FlagdProvider } from '@openfeature/flagd-provider';
import { OpenFeature } from '@openfeature/server-sdk';
import { context } from '@opentelemetry/api';
import { suppressTracing } from '@opentelemetry/core';

const retryMs = 500;
const connectWithinMs = 1_000;

/**
 * Connects to flagd, or continues to try in the background. The provider is created once flagd accepts connections: one whose first
 * attempt failed never reports that a flag has changed, and cannot be stopped.
 *
 * @param address of flagd: its host, and the port on which it sends the flags, 8015 unless it is configured otherwise
 * @param log is told when flagd does not respond; until it does, all faults are off
 * @param signal ends the attempts
 */
export async function connectToFlagd(
  domain: string,
  address: string,
  log: (sentence: string) => void,
  signal: AbortSignal,
): Promise<void> {
  if (await accepts(address)) return connect(domain, address, log);
  log(`flagd at ${address} does not respond: all faults are off until it does`);
  void waitForFlagd(domain, address, log, signal);
}

async function waitForFlagd(
  domain: string,
  address: string,
  log: (sentence: string) => void,
  signal: AbortSignal,
): Promise<void> {
  do await pause(retryMs, undefined, { ref: false });
  while (!signal.aborted && !(await accepts(address)));
  if (!signal.aborted) await connect(domain, address, log);
}

function accepts(address: string): Promise<boolean> {
  const { host, port } = parse(address);
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = connectSocket({ host, port, timeout: connectWithinMs });
  socket.once('connect', () => resolve(true));
  for (const event of ['error', 'timeout', 'close']) socket.once(event, () => resolve(false));
  return promise.finally(() => socket.destroy());
}

/** Untraced: a span of the stream of flags would end every ten minutes, as an error, when the stream is renewed. */
async function connect(domain: string, address: string, log: (sentence: string) => void): Promise<void> {
  const provider = new FlagdProvider({ resolverType: 'in-process', ...parse(address) });
  try {
    await context.with(suppressTracing(context.active()), () => OpenFeature.setProviderAndWait(domain, provider));
  } catch (error) {
    log(
      `flagd at ${address} accepts connections, but sends no flags (${(error as Error).message}): restart this service once it does`,
    );
  }
}

function parse(address: string): { host: string; port: number } {
  const [host = '', port] = address.split(':');
  return { host, port: Number(port) };
}
