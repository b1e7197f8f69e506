// What identifies the service: name and version from its package.json, unless OTEL_SERVICE_NAME or OTEL_RESOURCE_ATTRIBUTES set them.
import { dirname, sep } from 'node:path';
import type { getResourceDetectors } from '@opentelemetry/auto-instrumentations-node';
import {
  defaultResource,
  envDetector,
  hostDetector,
  osDetector,
  processDetector,
  type Resource,
  type ResourceDetector,
  resourceFromAttributes,
  serviceInstanceIdDetector,
} from '@opentelemetry/resources';
import { ATTR_SERVICE_NAME, ATTR_SERVICE_VERSION } from '@opentelemetry/semantic-conventions';
import { loadPackage } from './load-package.ts';
import { nearestPackage } from './nearest-package.ts';
import { setting } from './settings.ts';

export function resource(): Resource {
  const { name, version } = nearestPackage(startDirectory());
  return defaultResource().merge(
    resourceFromAttributes({ ...(name && { [ATTR_SERVICE_NAME]: name }), ...(version && { [ATTR_SERVICE_VERSION]: version }) }),
  );
}

const detectors: Record<string, ResourceDetector> = {
  host: hostDetector,
  os: osDetector,
  process: processDetector,
  serviceinstance: serviceInstanceIdDetector,
  env: envDetector,
};

/** By default not the process detector: it exports the command line, which may contain secrets. The last one wins. */
export function resourceDetectors(): ResourceDetector[] {
  const names = setting('OTEL_NODE_RESOURCE_DETECTORS')?.split(',') ?? ['host', 'os', 'serviceinstance', 'env'];
  if (names.includes('none')) return [];
  const ours = Object.values(detectors);
  if (names.includes('all')) return ours;
  const ofClouds = names.some((name) => !(name in detectors)) ? cloudDetectors() : [];
  return [
    ...ofClouds.filter((detector) => !ours.includes(detector)),
    ...Object.entries(detectors).flatMap(([name, detector]) => (names.includes(name) ? [detector] : [])),
  ];
}

function cloudDetectors(): ResourceDetector[] {
  type Module = { getResourceDetectors: typeof getResourceDetectors };
  return loadPackage<Module>('@opentelemetry/auto-instrumentations-node').getResourceDetectors();
}

/** The directory of the service's entry point; a program of node_modules that starts it, such as fastify-cli, is not the service. */
function startDirectory(): string {
  const script = process.argv[1] ?? '';
  return script === '' || script.includes(`${sep}node_modules${sep}`) ? process.cwd() : dirname(script);
}
