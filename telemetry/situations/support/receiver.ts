// The receiver of an application: one that accepts telemetry, a closed port, or one that never responds.
import { Worker } from 'node:worker_threads';
import { freePort } from '../../../test/support/free-port.ts';
import { type LogRecord, type Span, startOtlpReceiver } from '../../test/support/otlp-receiver.ts';
import { startSilentReceiver } from '../../test/support/receivers.ts';
import type { Command, Recorded } from './recorder.ts';
import type { Run } from './situation.ts';

export interface Received {
  spans: Span[];
  logs: LogRecord[];
  /** Each request's body. */
  bytes: Buffer[];
}

export interface Receiver {
  endpoint: string;
  /** @returns the decoded telemetry received so far; the same object until more arrives */
  read(): Promise<Received>;
  stop(): Promise<void>;
}

const nothing: Received = { spans: [], logs: [], bytes: [] };

export async function startReceiver(kind: Run['receiver'] = 'up', protocol: NonNullable<Run['protocol']>): Promise<Receiver> {
  if (kind === 'up') return startRecorder(protocol);
  const read = async () => nothing;
  if (kind === 'refusing') return { endpoint: `http://localhost:${await freePort()}`, read, stop: async () => {} };
  const { endpoint, stop } = await startSilentReceiver();
  return { endpoint, read, stop: async () => stop() };
}

async function startRecorder(protocol: NonNullable<Run['protocol']>): Promise<Receiver> {
  const port = (await command({ start: protocol })) as number;
  let requests: Recorded[] = [];
  let received = nothing;
  return {
    endpoint: `http://localhost:${port}`,
    read: async () => {
      const more = (await command({ read: port, from: requests.length })) as Recorded[];
      if (more.length === 0) return received;
      requests = [...requests, ...more];
      received = await decode(requests);
      return received;
    },
    stop: async () => void (await command({ stop: port })),
  };
}

let worker: Worker | undefined;
let calls = 0;
const answers = new Map<number, (value: unknown) => void>();

type Distribute<Union> = Union extends unknown ? Omit<Union, 'call'> : never;

function command(command: Distribute<Command>): Promise<unknown> {
  if (!worker) {
    worker = new Worker(new URL('recorder.ts', import.meta.url));
    worker.on('message', ({ call, value }) => {
      answers.get(call)?.(value);
      answers.delete(call);
    });
    worker.unref();
  }
  const call = calls++;
  worker.postMessage({ call, ...command });
  return new Promise((resolve) => answers.set(call, resolve));
}

/** Decodes requests with a real receiver. */
async function decode(requests: Recorded[]): Promise<Received> {
  const { endpoint, spans, logs, bytes, stop } = await startOtlpReceiver({ protocol: 'http/protobuf' });
  try {
    for (const { path, body } of requests) await fetch(endpoint + path, { method: 'POST', body: Buffer.from(body) });
    return { spans, logs, bytes };
  } finally {
    await stop();
  }
}
