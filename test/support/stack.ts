// Starts both services, a database and an OTLP receiver: the complete flow, within a second.
import { randomUUID } from 'node:crypto';
import { inject } from 'vitest';
import { type OtlpReceiver, startOtlpReceiver } from '../../telemetry/test/support/otlp-receiver.ts';
import { freePort } from './free-port.ts';
import { createDatabase } from './postgres.ts';
import { type Service, startService } from './service.ts';

export interface Stack {
  frontend: Service;
  backend: Service;
  receiver: OtlpReceiver;
  /** The environment of both services. */
  env: Record<string, string>;
  stop(): Promise<void>;
}

export async function startStack(extra: Record<string, string> = {}): Promise<Stack> {
  const receiver = await startOtlpReceiver({ port: await freePort() }); // it may be started again there
  const env = {
    ...(await createDatabase(inject('postgres'), randomUUID())),
    OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint,
    OTEL_BSP_SCHEDULE_DELAY: '50',
    OTEL_BLRP_SCHEDULE_DELAY: '50',
    EMIT_INTERVAL_MS: '0',
    BACKEND_TIMEOUT_MS: '60000', // a slow machine is not a slow backend
    DATABASE_TIMEOUT_MS: '60000',
    ...extra,
  };
  const backend = await startService('backend', { env });
  const frontend = await startService('frontend', { env: { ...env, BACKEND_PORT: new URL(backend.url).port } });
  return {
    frontend,
    backend,
    receiver,
    env,
    stop: async () => {
      await frontend.stop();
      await backend.stop();
      await receiver.stop();
    },
  };
}
