// Collects metrics synchronously at the end of the process, when promises no longer resolve. The SDK collects asynchronously, because
// callbacks of observable instruments may be asynchronous; histograms and counters need no waiting. This reads internals of the SDK:
// with a version whose internals differ, the metrics of the last interval are lost.
import type { HrTime } from '@opentelemetry/api';
import { millisToHrTime } from '@opentelemetry/core';
import type { MetricData, MetricReader, ResourceMetrics, ScopeMetrics } from '@opentelemetry/sdk-metrics';

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

/** @returns all metrics except observable instruments; undefined if there is nothing to export or the SDK's internals differ */
export function collectSynchronously(reader: MetricReader): ResourceMetrics | undefined {
  const collector = (reader as unknown as { _sdkMetricProducer?: Collector })._sdkMetricProducer;
  const { resource, meterSharedStates } = collector?._sharedState ?? {};
  if (!resource || !meterSharedStates) return undefined;
  const time = millisToHrTime(Date.now());
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
