// What a run of a suite needs around it: a PostgreSQL, and a receiver for what the instrumentation exports.
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { createDatabase, startPostgres } from '../../test/support/postgres.ts';
import type { Suite } from './suites.ts';

export interface Environment {
  /** Variables for a run, with a new database where the suite needs one. */
  bare(suite: Suite): Promise<Record<string, string>>;
  instrumented(suite: Suite): Promise<Record<string, string>>;
  /** How many exports have arrived. */
  exports(): number;
  stop(): Promise<void>;
}

/** As a user loads it: by an argument, which Node.js hands on to test files, forked processes and worker threads. */
export const preload = ['--import', fileURLToPath(new URL('./preload.ts', import.meta.url))];

export async function startEnvironment(): Promise<Environment> {
  let exports = 0;
  const receiver = createServer((request, response) => {
    exports++;
    request.resume().on('end', () => response.end());
  });
  await new Promise<void>((listening) => receiver.listen(0, '127.0.0.1', listening));
  const postgres = await startPostgres();
  // with the rights of a superuser, which some of pg's tests need
  const bare = async (suite: Suite) =>
    suite.postgres ? { ...(await createDatabase(postgres, randomUUID())), PGUSER: 'postgres' } : {};
  return {
    bare,
    instrumented: async (suite) => ({
      ...(await bare(suite)),
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf',
      ...(suite.postgres ? { SPAN: '1' } : {}),
      ...(process.env.REGISTER ? { REGISTER: process.env.REGISTER } : {}),
    }),
    exports: () => exports,
    stop: async () => {
      receiver.close();
      receiver.closeAllConnections();
      await postgres.stop();
    },
  };
}
