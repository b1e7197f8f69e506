// Where the demo is in the cluster, seen from its node: the cluster addresses of its Services, which stay when pods change.
// Imported first: other modules read these variables when they are loaded.
import { kubectl } from './kubectl.ts';

export async function urlOf(service: string, port: number): Promise<string> {
  return `http://${await addressOf(service)}:${port}`;
}

async function addressOf(service: string): Promise<string> {
  return kubectl('get', 'service', service, '--output', 'jsonpath={.spec.clusterIP}');
}

process.env.FRONTEND_URL = await urlOf('frontend', 3001);
process.env.TEMPO_URL = await urlOf('tempo', 3200);
process.env.LOKI_URL = await urlOf('loki', 3100);
process.env.POSTGRES_HOST = await addressOf('postgres');
process.env.POSTGRES_PORT = '5432';
