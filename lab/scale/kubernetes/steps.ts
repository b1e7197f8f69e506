// How much do 1, 2 and 4 backends accept, at more and more connections? On the node of a cluster where make up MODE=kubernetes runs:
//   node --env-file=.env lab/scale/kubernetes/steps.ts [REQUESTS]    Writes lab/results/kubernetes-steps.json.

import { writeFileSync } from 'node:fs';
import { lastId } from '../../chaos/account.ts';
import { lossesIn, root } from '../../chaos/stack.ts';
import { load } from '../../cost/load.ts';
import { urlOf } from './addresses.ts';
import { allReady } from './cluster.ts';
import { kubectl } from './kubectl.ts';

const requests = Number(process.argv[2] ?? 3_000);
const backend = urlOf('backend', 3002);
const steps: { replicas: number; connections: number; perSecond: number; p50Ms: number; p99Ms: number; rows: number }[] = [];

const hasAutoscaler = (await kubectl('get', 'horizontalpodautoscalers', '--output', 'name')).includes('/backend');
for (const replicas of [1, 2, 4]) {
  await setReplicas(replicas, replicas);
  await load(backend, { requests: 500, connections: 16, sampledShare: 1 }); // warm
  for (const connections of [4, 16, 64]) {
    const before = await lastId();
    const { perSecond, p50Ms, p99Ms } = await load(backend, { requests, connections, sampledShare: 1 });
    const step = { replicas, connections, perSecond: Math.round(perSecond), p50Ms, p99Ms, rows: (await lastId()) - before };
    steps.push(step);
    console.log(step);
  }
}
await setReplicas(hasAutoscaler ? 2 : 1, hasAutoscaler ? 8 : 1);
const logs = await kubectl('logs', '--selector', 'app.kubernetes.io/name=backend', '--tail', '-1');
const result = { date: new Date().toISOString().slice(0, 10), requests, steps, droppedTelemetry: lossesIn(logs) };
writeFileSync(`${root}lab/results/kubernetes-steps.json`, `${JSON.stringify(result, undefined, 2)}\n`);
console.log(result);

async function setReplicas(minimum: number, maximum: number): Promise<void> {
  if (hasAutoscaler) {
    const patch = JSON.stringify({ spec: { minReplicas: minimum, maxReplicas: maximum } });
    await kubectl('patch', 'horizontalpodautoscaler', 'backend', '--patch', patch);
  }
  await kubectl('scale', 'deployment/backend', '--replicas', String(minimum));
  await allReady();
}
