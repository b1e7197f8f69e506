// Collects metrics at the end of the process, where no promise is resolved any more. The SDK collects asynchronously, for the callbacks of
// observable instruments may be; histograms and counters need no wait. With another version of the SDK, the last interval is lost.
import type { MetricData, MetricReader, ResourceMetrics, ScopeMetrics } from '@opentelemetry/sdk-metrics';

type HrTime = [number, number];

interface Storage {
  collect(collector: unknown, time: HrTime): MetricData | undefined;
  getInstrumentDescriptor(): { type: string };
}

interface Collector {
  _sharedState: {
    resource: ResourceMetrics['resource'];
    meterSharedStates: Map<
      string,
      {
        _instrumentationScope: ScopeMetrics['scope'];
        metricStorageRegistry: { getStorages(collector: unknown): Storage[] };
      }
    >;
  };
}

/** @returns without observable instruments; undefined where there is nothing to export, or the SDK is another one */
export function collectSynchronously(reader: MetricReader): ResourceMetrics | undefined {
  const collector = (reader as unknown as { _sdkMetricProducer?: Collector })._sdkMetricProducer;
  const { resource, meterSharedStates } = collector?._sharedState ?? {};
  if (!resource || !meterSharedStates) return undefined;
  const nowMs = Date.now();
  const time: HrTime = [Math.trunc(nowMs / 1_000), (nowMs % 1_000) * 1_000_000];
  const scopeMetrics: ScopeMetrics[] = [];
  for (const { _instrumentationScope: scope, metricStorageRegistry } of meterSharedStates.values()) {
    const metrics = metricStorageRegistry
      .getStorages(collector)
      .filter((storage) => !storage.getInstrumentDescriptor().type.startsWith('OBSERVABLE'))
      .flatMap((storage) => storage.collect(collector, time) ?? []);
    if (metrics.length > 0) scopeMetrics.push({ scope, metrics });
  }
  return scopeMetrics.length > 0 ? { resource, scopeMetrics } : undefined;
}
