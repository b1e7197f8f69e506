import { connect } from 'node:net';
import { type Ports, portOptions } from './arguments.ts';
import { CommandError } from './command-error.ts';
import { holderOf } from './port-holder.ts';

/** @throws {CommandError} with a message for each port that is in use; a receiver that already listens there is never used instead */
export async function refuseTakenPorts(ports: Ports): Promise<void> {
  const names = Object.keys(portOptions) as (keyof Ports)[];
  const taken = await Promise.all(names.map((name) => isTaken(ports[name])));
  const sentences = names.filter((_, place) => taken[place]).map((name) => describeTakenPort(name, ports[name]));
  if (sentences.length > 0) throw new CommandError(sentences.join('\nfastify-otlp: '));
}

export function describeTakenPort(name: keyof Ports, port: number): string {
  const another = port > 64_535 ? port - 1_000 : port + 1_000;
  return `port ${port} is in use by ${holderOf(port)}. Stop it, or choose another port: ${portOptions[name]} ${another}`;
}

/** Connects instead of binding: on some systems, binding succeeds although another process listens on all interfaces. */
export async function isTaken(port: number): Promise<boolean> {
  if (port === 0) return false;
  const answers = await Promise.all(['127.0.0.1', '::1'].map((host) => answersAt(host, port)));
  return answers.includes(true);
}

export function answersAt(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: 1_000 });
    const answer = (value: boolean) => () => {
      socket.destroy();
      resolve(value);
    };
    socket.once('connect', answer(true)).once('error', answer(false)).once('timeout', answer(false));
  });
}
