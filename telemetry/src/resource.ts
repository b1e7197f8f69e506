// Who speaks: name and version from the service's package.json, unless OTEL_SERVICE_NAME or OTEL_RESOURCE_ATTRIBUTES say otherwise.
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import {
  defaultResource,
  envDetector,
  hostDetector,
  osDetector,
  type Resource,
  type ResourceDetector,
  resourceFromAttributes,
  serviceInstanceIdDetector,
} from '@opentelemetry/resources';
import { ATTR_SERVICE_NAME, ATTR_SERVICE_VERSION } from '@opentelemetry/semantic-conventions';
import { setting } from './settings.ts';

export function resource(): Resource {
  const { name, version } = nearestPackage(startDirectory());
  return defaultResource().merge(resourceFromAttributes({ [ATTR_SERVICE_NAME]: name, [ATTR_SERVICE_VERSION]: version }));
}

/** Not the process detector: it would export the command line, where secrets may stand. The last one wins. */
export function resourceDetectors(): ResourceDetector[] | undefined {
  if (setting('OTEL_NODE_RESOURCE_DETECTORS')) return undefined;
  return [hostDetector, osDetector, serviceInstanceIdDetector, envDetector];
}

/** Where the service is; a program of node_modules that starts it (fastify-cli, say) is not the service. */
function startDirectory(): string {
  const script = process.argv[1] ?? '';
  return script === '' || script.includes('/node_modules/') ? process.cwd() : dirname(script);
}

/** The nearest package.json with a name: one in dist/ may only say that its files are ES modules. */
function nearestPackage(directory: string): { name?: string; version?: string } {
  const found = readPackage(join(directory, 'package.json'));
  const parent = dirname(directory);
  return found.name || parent === directory ? found : nearestPackage(parent);
}

function readPackage(path: string): { name?: string; version?: string } {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return {};
  }
}
