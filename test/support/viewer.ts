// Starts the viewer of local mode on free ports.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { viewerCommand } from '../../local/viewer.ts';
import { freePort } from './free-port.ts';
import { run } from './service.ts';
import { until } from './until.ts';

export interface Viewer {
  url: string;
  /** Settings with which services send telemetry to it and the front page reads from it. */
  env: Record<string, string>;
  /** @returns the names of the root spans of all stored traces */
  traceNames(): Promise<string[]>;
  logBodies(): Promise<string[]>;
  stop(): Promise<void>;
}

export async function startViewer(): Promise<Viewer> {
  const directory = mkdtempSync(join(tmpdir(), 'viewer '));
  const [port, otlpGrpcPort] = [await freePort(), await freePort()];
  const { args, env = {} } = viewerCommand({ directory, port, otlpGrpcPort });
  const viewer = run(args, env);
  const url = `http://localhost:${port}`;
  await until('the viewer is up', async () => (await fetch(`${url}/healthz`)).ok);

  async function query(what: 'traces' | 'logs'): Promise<any[]> {
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(`${url}/api/query/${what}`, { method: 'POST', headers, body: '{"limit":1000}' });
    return ((await response.json()) as any)[what];
  }

  return {
    url,
    env: { UI_PORT: String(port), OTEL_EXPORTER_OTLP_ENDPOINT: `http://localhost:${otlpGrpcPort}` },
    traceNames: async () => (await query('traces')).map(({ rootSpan }) => rootSpan.name),
    logBodies: async () => (await query('logs')).map(({ body }) => body),
    stop: async () => {
      await viewer.stop('SIGKILL');
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
