// Package versions that our instrumentation is not tested with are left to the upstream instrumentation, or not instrumented.
import { diag } from '@opentelemetry/api';
import {
  type Instrumentation,
  type InstrumentationModuleDefinition,
  InstrumentationNodeModuleDefinition,
} from '@opentelemetry/instrumentation';

interface Upstream {
  /** Name of the instrumented package. */
  name: string;
  /** Version ranges that only the upstream instrumentation supports. */
  versions: string[];
  /** Version ranges that no instrumentation supports yet. */
  newerVersions: string[];
  /** Loads and enables the upstream instrumentation. Called once, when the first copy of the package is loaded. */
  create: () => Instrumentation;
}

/** Definitions to be returned by `init()` of an instrumentation, after its own. */
export function fallBackTo({ name, versions, newerVersions, create }: Upstream): InstrumentationNodeModuleDefinition[] {
  let upstream: Instrumentation | undefined;
  const patch = (module: unknown, version?: string): unknown => {
    if (upstream) {
      upstream.enable(); // it has hooks of its own by now
      return module;
    }
    try {
      upstream = create();
      diag.debug(`${name} ${version} is traced by ${upstream.instrumentationName}`);
      return definitionOf(upstream, name)?.patch?.(module, version) ?? module; // its hooks come too late for the one that is being loaded
    } catch (error) {
      diag.debug(`${name} ${version} is not traced`, error);
      return module;
    }
  };
  const report = (module: unknown, version?: string): unknown => {
    diag.debug(`${name} ${version} is not traced: it is newer than what is supported`);
    return module;
  };
  return [
    new InstrumentationNodeModuleDefinition(name, versions, patch, () => upstream?.disable()),
    new InstrumentationNodeModuleDefinition(name, newerVersions, report),
  ];
}

function definitionOf(upstream: Instrumentation, name: string): InstrumentationModuleDefinition | undefined {
  const { getModuleDefinitions } = upstream as { getModuleDefinitions?: () => InstrumentationModuleDefinition[] };
  return getModuleDefinitions?.call(upstream).find((each) => each.name === name);
}
