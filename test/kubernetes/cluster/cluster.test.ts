// The promises of kubernetes/ that a cluster has to show.
import { expect, test } from 'vitest';
import { spansOf, write } from '../../docker/stack.ts';
import { until } from '../../support/until.ts';
import { kubectl, tryKubectl } from './kubectl.ts';

test.each(['base', 'scale'])('the API server accepts kubernetes/%s as it is', (overlay) => {
  const { status, output } = tryKubectl([
    'apply',
    '--server-side',
    '--force-conflicts',
    '--dry-run=server',
    '--validate=strict',
    '--kustomize',
    `kubernetes/${overlay}`,
  ]);
  expect(output).not.toMatch(/warning|error/i);
  expect(status).toBe(0);
});

test('Pod Security "restricted" is enforced, and no pod that runs violates it', () => {
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'root' },
    spec: { containers: [{ name: 'root', image: 'busybox' }] },
  };
  const refused = tryKubectl(['create', '--dry-run=server', '--filename', '-'], JSON.stringify(pod));
  expect(refused.output).toContain('violates PodSecurity "restricted:latest"');
  // A change of the policy has the API server check every pod that is there, and warn of each that violates it.
  const version = 'pod-security.kubernetes.io/enforce-version=v1.31';
  const checked = tryKubectl(['label', 'namespace', 'fastify-opentelemetry-demo', '--dry-run=server', version]);
  expect(checked).toEqual({ status: 0, output: expect.not.stringMatching(/warning/i) });
});

test('no pod has a service account token', () => {
  const mounts = kubectl('get', 'pods', '--output', 'jsonpath={.items[*].spec.containers[*].volumeMounts[*].mountPath}');
  expect(mounts).not.toContain('serviceaccount');
});

test('a start leaves no warning that is not explained', () => {
  const events = kubectl(
    'get',
    'events',
    '--field-selector',
    'type=Warning',
    '--output',
    'jsonpath={range .items[*]}{.reason}: {.message}{"\\n"}{end}',
  );
  const explained = [
    /^Unhealthy: (Startup|Readiness) probe failed/, // asked before the program is ready, every second
    /^FailedMount: .* no relationship found between node/, // the API server learns of a pod's volumes a moment after its node; tried again
  ];
  const others = events.split('\n').filter((line) => line && !explained.some((pattern) => pattern.test(line)));
  expect(others).toEqual([]);
});

test('a span names the pod that created it', async () => {
  const { traceId } = await write();
  const podsOfTrace = async () => {
    const response = await fetch(`http://localhost:${process.env.TEMPO_PORT}/api/v2/traces/${traceId}`);
    const { trace } = (await response.json()) as any;
    const pods = trace.resourceSpans.map(
      ({ resource }: any) => resource.attributes.find(({ key }: any) => key === 'k8s.pod.name').value.stringValue,
    );
    return pods.length >= 2 ? new Set<string>(pods) : undefined;
  };
  const running = kubectl('get', 'pods', '--output', 'jsonpath={.items[*].metadata.name}').split(' ');
  for (const pod of await until('both services in the trace', podsOfTrace)) expect(running).toContain(pod);
});

test('a backend that is killed is replaced, and writes are complete traces again', async () => {
  const [killed = ''] = kubectl('get', 'pods', '--selector', 'app.kubernetes.io/name=backend', '--output', 'name')
    .trim()
    .split('\n');
  kubectl('delete', killed, '--force', '--grace-period=0', '--wait=false');
  kubectl('wait', '--for=delete', killed, '--timeout=60s');
  kubectl('rollout', 'status', 'deployment/backend', '--timeout=120s');
  const { traceId } = await until('a write', () => write());
  await until('its four spans', async () => (await spansOf(traceId)).length >= 4);
});
