// The faults from flagd, with a server of its protocol. test/docker/flagd.test.ts runs flagd itself.
import { readFileSync } from 'node:fs';
import * as grpc from '@grpc/grpc-js';
import { afterEach, expect, test } from 'vitest';
import { type Faults, openFaults } from '../faults/faults.ts';
import { freePort } from './support/free-port.ts';
import { until } from './support/until.ts';

const definitions = JSON.parse(readFileSync(new URL('../faults/flags.json', import.meta.url), 'utf8'));
const off = { 'lost-traceparent': false };
const on = { 'lost-traceparent': true };

let flagd: Flagd | undefined;
let faults: Faults | undefined;

afterEach(async () => {
  await faults?.close();
  flagd?.stop();
});

test('a flag that changes in flagd is seen by the services', async () => {
  const port = await freePort();
  flagd = await startFlagd(port, off);
  const { seen, warnings } = await follow(port);
  expect(seen).toEqual([false]);
  flagd.send(on);
  await until('it is on', () => seen.at(-1) === true);
  expect(await faults?.isOn('lost-traceparent')).toBe(true);
  expect(warnings).toEqual([]);
});

test('a service starts without flagd, logs that, and follows it with one stream as soon as it runs', async () => {
  const port = await freePort();
  const { seen, warnings } = await follow(port);
  expect(seen).toEqual([false]);
  expect(warnings).toEqual([
    expect.stringMatching(/^flagd at localhost:\d+ does not respond: all faults are off until it does$/),
  ]);
  flagd = await startFlagd(port, off);
  await until('the service has connected', () => flagd?.clients.size === 1);
  flagd.send(on);
  await until('it is on', () => seen.at(-1) === true);
  expect(flagd.clients.size).toBe(1);
  await faults?.close();
  await until('the stream has ended', () => flagd?.clients.size === 0);
});

async function follow(port: number): Promise<{ seen: boolean[]; warnings: string[] }> {
  const seen: boolean[] = [];
  const warnings: string[] = [];
  const log = { warn: (sentence: string) => warnings.push(sentence) } as never;
  faults = await openFaults({ FLAGD_ADDRESS: `localhost:${port}` }, log);
  await faults?.follow('lost-traceparent', (isOn) => seen.push(isOn));
  return { seen, warnings };
}

type Client = grpc.ServerWritableStream<Buffer, string>;

interface Flagd {
  clients: Set<Client>;
  send(enabled: Record<string, boolean>): void;
  stop(): void;
}

/** https://flagd.dev/reference/specifications/protos/: a stream of messages whose field 1 is all flags as JSON. */
async function startFlagd(port: number, enabled: Record<string, boolean>): Promise<Flagd> {
  const clients = new Set<Client>();
  let flags = withStates(enabled);
  const SyncFlags = {
    path: '/flagd.sync.v1.FlagSyncService/SyncFlags',
    requestStream: false,
    responseStream: true,
    requestSerialize: (bytes: Buffer) => bytes,
    requestDeserialize: (bytes: Buffer) => bytes,
    responseSerialize: (json: string) => Buffer.concat([Buffer.from([0x0a]), varint(Buffer.byteLength(json)), Buffer.from(json)]),
    responseDeserialize: String,
  };
  const server = new grpc.Server();
  server.addService(
    { SyncFlags },
    {
      SyncFlags: (client: Client) => {
        clients.add(client);
        client.on('cancelled', () => clients.delete(client));
        client.write(flags);
      },
    },
  );
  await new Promise<void>((resolve, reject) =>
    server.bindAsync(`127.0.0.1:${port}`, grpc.ServerCredentials.createInsecure(), (error) =>
      error ? reject(error) : resolve(),
    ),
  );
  return {
    clients,
    send(next) {
      flags = withStates(next);
      for (const client of clients) client.write(flags);
    },
    stop: () => server.forceShutdown(),
  };
}

function withStates(enabled: Record<string, boolean>): string {
  const flags = Object.entries<any>(definitions.flags).map(([name, flag]) => {
    return [name, { ...flag, state: enabled[name] ? 'ENABLED' : 'DISABLED' }];
  });
  return JSON.stringify({ ...definitions, flags: Object.fromEntries(flags) });
}

function varint(value: number): Buffer {
  const bytes = [];
  let rest = value;
  for (; rest > 0x7f; rest >>>= 7) bytes.push((rest & 0x7f) | 0x80);
  return Buffer.from([...bytes, rest]);
}
