// What Kustomize makes of kubernetes/base and kubernetes/scale. Needs kubectl, and no cluster.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseEnv } from 'node:util';
import { describe, expect, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';

const root = fileURLToPath(new URL('../..', import.meta.url));
const hasKubectl = succeeds('kubectl', 'version', '--client');
if (!hasKubectl) console.log('kubectl is missing: kubernetes/ is not checked');

describe.skipIf(!hasKubectl).each([
  ['base', []],
  ['scale', []],
  ['base', ['flagd']],
])('kubernetes/%s with %j', (overlay, components) => {
  const objects: any[] = hasKubectl ? build(overlay, components) : [];
  const workloads = objects.filter(({ kind }) =>
    ['Deployment', 'StatefulSet', 'DaemonSet', 'Job', 'CronJob', 'Pod'].includes(kind),
  );
  const pods: [string, any][] = workloads.map(({ metadata, spec }) => [metadata.name, spec.template.spec]);
  const named = (kind: string, name: string) => objects.find((object) => object.kind === kind && object.metadata.name === name);

  test('the namespace enforces Pod Security "restricted", and everything is in it', () => {
    const [namespace] = objects.filter(({ kind }) => kind === 'Namespace');
    expect(namespace.metadata.labels).toMatchObject({ 'pod-security.kubernetes.io/enforce': 'restricted' });
    const elsewhere = objects.filter(
      ({ kind, metadata }) => kind !== 'Namespace' && metadata.namespace !== namespace.metadata.name,
    );
    expect(elsewhere).toEqual([]);
  });

  test.each(pods)('%s is restricted, cannot write to its image and has no token', (_name, pod) => {
    expect(pod).toMatchObject({ automountServiceAccountToken: false, enableServiceLinks: false });
    expect(pod.securityContext).toMatchObject({ runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } });
    expect(pod.securityContext.runAsUser).toBeGreaterThan(0);
    expect(pod.initContainers ?? []).toEqual([]);
    expect(pod.containers.map((container: any) => container.securityContext)).toEqual([
      { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } },
    ]);
  });

  test.each(pods)('%s has probes, requests, a limit of its memory and a pinned image', (_name, pod) => {
    const [{ startupProbe, readinessProbe, livenessProbe, resources, image }] = pod.containers;
    for (const probe of [startupProbe, readinessProbe, livenessProbe]) expect(probe).toBeDefined();
    expect(resources).toMatchObject({
      requests: { cpu: expect.any(String), memory: expect.any(String) },
      limits: { memory: expect.any(String) },
    });
    expect(image).toMatch(/:v?(\d+\.\d+|local$)/);
  });

  test.each(pods)('%s mounts only what is there', (_name, pod) => {
    const claims = workloads.flatMap(({ spec }) => spec.volumeClaimTemplates ?? []).map(({ metadata }) => metadata.name);
    for (const { name, configMap } of pod.volumes ?? [])
      if (configMap) expect(named('ConfigMap', configMap.name), name).toBeDefined();
    const volumes = [...(pod.volumes ?? []).map(({ name }: any) => name), ...claims];
    for (const { name } of pod.containers[0].volumeMounts ?? []) expect(volumes).toContain(name);
    for (const { configMapRef, secretRef } of pod.containers[0].envFrom ?? []) {
      expect(named(configMapRef ? 'ConfigMap' : 'Secret', (configMapRef ?? secretRef).name)).toBeDefined();
    }
  });

  test('every Service and every disruption budget selects the pods of a workload', () => {
    const labels = workloads.map(({ spec }) =>
      Object.entries(spec.template.metadata.labels).map(([name, value]) => `${name}=${value}`),
    );
    const selectors = objects
      .filter(({ kind }) => kind === 'Service' || kind === 'PodDisruptionBudget')
      .map(({ spec }) => spec.selector.matchLabels ?? spec.selector)
      .filter((selector) => !selector.matchExpressions);
    for (const selector of selectors) {
      const wanted = Object.entries(selector).map(([name, value]) => `${name}=${value}`);
      expect(
        labels.some((all) => wanted.every((label) => all.includes(label))),
        wanted.join(),
      ).toBe(true);
    }
  });

  test('every pod that is connected to has a network policy that lets its clients in', () => {
    const policies = objects.filter(({ kind }) => kind === 'NetworkPolicy');
    expect(policies.find(({ spec }) => Object.keys(spec.podSelector).length === 0).spec.policyTypes).toEqual([
      'Ingress',
      'Egress',
    ]);
    const isSelected = ({ matchLabels = {}, matchExpressions = [] }: any, labels: Record<string, string>) =>
      Object.entries(matchLabels).every(([name, value]) => labels[name] === value) &&
      matchExpressions.every(({ key, values }: any) => values.includes(labels[key]));
    const closed = workloads.filter(
      ({ spec }) =>
        !policies.some((policy) => policy.spec.ingress && isSelected(policy.spec.podSelector, spec.template.metadata.labels)),
    );
    expect(closed.map(({ metadata }) => metadata.name)).toEqual([]);
  });

  test('the services have the attributes of their pod', () => {
    for (const name of ['frontend', 'backend']) {
      const { env } = named('Deployment', name).spec.template.spec.containers[0];
      const { value } = env.find((variable: any) => variable.name === 'OTEL_RESOURCE_ATTRIBUTES');
      for (const key of ['k8s.namespace.name', 'k8s.node.name', 'k8s.pod.name', 'k8s.pod.uid', 'k8s.container.name'])
        expect(value).toContain(`${key}=`);
      expect(value).toContain(`k8s.deployment.name=${name},`);
      for (const [, variable] of value.matchAll(/\$\((\w+)\)/g)) expect(env.map(({ name }: any) => name)).toContain(variable);
    }
  });
});

describe.skipIf(!hasKubectl)('kubernetes/components/flagd', () => {
  const flags = readFileSync(`${root}faults/flags.json`, 'utf8');

  test('both services get the flags of faults/flags.json from it', () => {
    const objects = hasKubectl ? build('base', ['flagd']) : [];
    const maps = objects.filter(({ kind }) => kind === 'ConfigMap');
    expect(maps.find(({ metadata }) => metadata.name === 'flags').data).toEqual({ 'flags.json': flags });
    expect(maps.find(({ metadata }) => metadata.name.startsWith('services-')).data.FLAGD_ADDRESS).toBe('flagd:8015');
  });
});

describe.skipIf(!hasKubectl)('kubernetes/base', () => {
  const objects: any[] = hasKubectl ? build('base') : [];
  const dataOf = (kind: string, name: string) =>
    objects.find((object) => object.kind === kind && object.metadata.name.replace(/-[a-z0-9]{10}$/, '') === name).data;

  test.each([
    ['collector', 'collector/collector.yaml'],
    ['tempo', 'tempo/tempo.yaml'],
    ['loki', 'loki/loki.yaml'],
    ['prometheus', 'prometheus/prometheus.yaml'],
    ['postgres-roles', 'postgres/roles.sql'],
  ])('the ConfigMap %s is the file that Compose mounts', (name, path) => {
    expect(dataOf('ConfigMap', name)).toEqual({ [path.split('/')[1] as string]: readFileSync(root + path, 'utf8') });
  });

  test('Grafana has every dashboard', () => {
    const files = readdirSync(`${root}grafana/dashboards`).filter((name) => name.endsWith('.json'));
    expect(Object.keys(dataOf('ConfigMap', 'grafana-dashboards')).toSorted()).toEqual(files.toSorted());
  });

  test('the settings and the images are those of .env and Compose', () => {
    const env = parseEnv(readFileSync(`${root}.env`, 'utf8'));
    const decoded = (name: string) =>
      Object.fromEntries(
        Object.entries(dataOf('Secret', name)).map(([key, value]) => [key, Buffer.from(String(value), 'base64').toString()]),
      );
    expect(dataOf('ConfigMap', 'services')).toMatchObject({
      FRONTEND_PORT: env.FRONTEND_PORT,
      BACKEND_PORT: env.BACKEND_PORT,
      EMIT_INTERVAL_MS: env.EMIT_INTERVAL_MS,
      RESOURCE_ATTRIBUTES: env.RESOURCE_ATTRIBUTES,
    });
    expect(decoded('postgres')).toMatchObject({ PGPASSWORD: env.BACKEND_PASSWORD });
    expect(decoded('grafana')).toMatchObject({ GF_SECURITY_ADMIN_USER: env.GRAFANA_USER, READER_PASSWORD: env.READER_PASSWORD });
    const compose = readFileSync(`${root}docker-compose.yml`, 'utf8');
    for (const setting of [
      'OTEL_METRICS_EXPORTER',
      'OTEL_METRIC_EXPORT_INTERVAL',
      'OTEL_BSP_SCHEDULE_DELAY',
      'OTEL_BLRP_SCHEDULE_DELAY',
    ])
      expect(compose).toContain(`  ${setting}: ${dataOf('ConfigMap', 'services')[setting]}`);
    const images = objects.filter(({ spec }) => spec?.template).map(({ spec }) => spec.template.spec.containers[0].image);
    for (const image of images.filter((name) => !name.startsWith('fastify-opentelemetry-demo-')))
      expect(compose).toContain(image);
  });
});

describe('kubernetes/scale', () => {
  const read = (path: string) => parse(readFileSync(root + path, 'utf8'));

  test('what the single Tempo and Prometheus are told of spans and metrics, those at scale are told as well', () => {
    const [one, many] = [read('tempo/tempo.yaml'), read('kubernetes/scale/tempo/tempo.yaml')];
    expect(many.live_store).toMatchObject(one.live_store);
    expect(many.overrides.defaults.metrics_generator).toEqual(one.overrides.defaults.metrics_generator);
    expect(read('kubernetes/scale/prometheus/prometheus.yaml').otlp).toEqual(read('prometheus/prometheus.yaml').otlp);
  });

  test('the services export to the gateway whatever they export to the Collector', () => {
    const signals = (path: string) => Object.keys(read(path).service.pipelines);
    expect(signals('kubernetes/scale/collector/gateway.yaml')).toEqual(signals('collector/collector.yaml'));
  });
});

/** As kubernetes/up.sh combines them. */
function build(overlay: string, components: string[] = []): any[] {
  mkdirSync(`${root}.kubernetes`, { recursive: true });
  const directory = mkdtempSync(`${root}.kubernetes/test-`); // not elsewhere: Kustomize reads relative paths only
  const kustomization = {
    resources: [`../../kubernetes/${overlay}`],
    components: components.map((name) => `../../kubernetes/components/${name}`),
  };
  try {
    writeFileSync(`${directory}/kustomization.yaml`, JSON.stringify(kustomization));
    const yaml = execFileSync('kubectl', ['kustomize', directory], { encoding: 'utf8', maxBuffer: 1e8 });
    return parseAllDocuments(yaml).map((document) => document.toJS());
  } finally {
    rmSync(directory, { recursive: true });
  }
}

function succeeds(file: string, ...args: string[]): boolean {
  try {
    execFileSync(file, args, { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
