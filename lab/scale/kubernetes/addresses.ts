// Where the demo is in the cluster, seen from its node: the cluster addresses of its Services, which stay when pods change.
// Imported first, and without an await: other modules read these variables when they are loaded.
import { execFileSync } from 'node:child_process';
import { options } from './kubectl.ts';

export function urlOf(service: string, port: number): string {
  return `http://${addressOf(service)}:${port}`;
}

function addressOf(service: string): string {
  const query = ['get', 'service', service, '--output', 'jsonpath={.spec.clusterIP}'];
  return execFileSync('kubectl', [...options, ...query], { encoding: 'utf8' });
}

process.env.FRONTEND_URL = urlOf('frontend', 3001);
process.env.TEMPO_URL = urlOf('tempo', 3200);
process.env.LOKI_URL = urlOf('loki', 3100);
process.env.POSTGRES_HOST = addressOf('postgres');
process.env.POSTGRES_PORT = '5432';
