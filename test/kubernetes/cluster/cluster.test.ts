// The promises of kubernetes/ that a cluster has to show.
import { describe, expect, test } from 'vitest';
import { findLogs, queryMetrics, searchTraces, spansOf, write } from '../../docker/stack.ts';
import { until } from '../../support/until.ts';
import { kubectl, tryKubectl } from './kubectl.ts';

const { UI_PORT, GRAFANA_USER, GRAFANA_PASSWORD, SKIP_GRAFANA } = process.env;
const grafana = `http://localhost:${UI_PORT}`;

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
    /^FailedScheduling: .* persistentvolumeclaim "[\w-]+" not found/, // the scheduler learns of a StatefulSet's pod a moment before its claim; tried again
    /^FailedMount: .* no relationship found between node/, // the API server learns of a pod's volumes a moment after its node; tried again
    /^FailedMount: .* failed to sync configmap cache: timed out/, // the kubelet waits for the API server for a second only; tried again
    /^Failed(GetResourceMetric|ComputeMetricsReplicas): .*(did not receive metrics for targeted pods|no metrics returned from resource metrics API)/, // metrics-server has not measured them yet; tried again
  ];
  const others = events.split('\n').filter((line) => line && !explained.some((pattern) => pattern.test(line)));
  expect(others).toEqual([]);
});

describe.each(['frontend', 'backend'])('the traces, log lines and metrics of a pod of the %s, by its name', (service) => {
  const output = 'jsonpath={range .items[*]}{.metadata.name}{"\\n"}{end}';
  const pods = kubectl('get', 'pods', '--selector', `app.kubernetes.io/name=${service}`, '--output', output).trim().split('\n');
  const pod = pods.join('|'); // a write reaches one of them, which a forwarded port selects
  const traceQuery = `{ resource.k8s.pod.name =~ "${pod}" && kind = server }`;
  const logQuery = `{service_name="${service}"} | k8s_pod_name=~"${pod}" | trace_id != ""`;
  const metricQuery = `target_info{k8s_pod_name=~"${pod}"}`;

  test.each([
    ['Tempo', () => searchTraces(traceQuery)],
    ['Loki', () => findLogs(logQuery)],
    ['Prometheus', () => queryMetrics(metricQuery)],
  ])('%s finds them', async (_store, search) => {
    await writeUntilFound(search);
  });

  test.skipIf(SKIP_GRAFANA).each([
    ['tempo/api/search', { q: traceQuery }],
    ['loki/loki/api/v1/query_range', { query: logQuery }],
    ['prometheus/api/v1/query', { query: metricQuery }],
  ])('Grafana finds them at %s', async (path, query) => {
    await writeUntilFound(async () => {
      const { traces, data } = await askGrafana(path, query);
      return traces ?? data.result;
    });
  });

  const writeUntilFound = (search: () => Promise<unknown[]>) =>
    until(pod, async () => {
      await write();
      return (await search()).length > 0;
    });
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

/** As its panels and Explore do: through its data source, whose uid begins the path. */
async function askGrafana(path: string, query: Record<string, string>): Promise<any> {
  const url = `${grafana}/api/datasources/proxy/uid/${path}?${new URLSearchParams(query)}`;
  const authorization = `Basic ${Buffer.from(`${GRAFANA_USER}:${GRAFANA_PASSWORD}`).toString('base64')}`;
  const response = await fetch(url, { headers: { authorization }, signal: AbortSignal.timeout(10_000) });
  const text = await response.text();
  if (!response.ok) throw new Error(`${url} answered with ${response.status}: ${text}`);
  return JSON.parse(text);
}
