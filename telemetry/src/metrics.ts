// Starts metrics. start() loads this module only if metrics are enabled.
import { metrics } from '@opentelemetry/api';
import type { Instrumentation } from '@opentelemetry/instrumentation';
import type { Resource } from '@opentelemetry/resources';
import { type IMetricReader, MeterProvider, type ViewOptions } from '@opentelemetry/sdk-metrics';
import { logOnce, messageOf } from './log.ts';
import { createMetricReaders } from './metrics-readers.ts';

export interface MetricsSetup {
  resource: Resource;
  /** Their instruments are recreated with a meter that records. */
  instrumentations: Instrumentation[];
  /** Used in addition to those of OTEL_METRICS_EXPORTER. */
  readers: IMetricReader[];
  views: ViewOptions[];
}

/** Registers a global meter provider if there is at least one reader. Views and readers that the SDK rejects are logged and ignored. */
export function startMetrics({ resource, instrumentations, readers, views }: MetricsSetup): void {
  const all = [...createMetricReaders(resource), ...readers];
  if (all.length === 0) return;
  const provider = new MeterProvider({ resource, readers: all.map(isolate), views: views.filter(isUsable) });
  metrics.setGlobalMeterProvider(provider);
  for (const instrumentation of instrumentations) {
    try {
      instrumentation.setMeterProvider(provider);
    } catch (error) {
      logOnce(`${instrumentation.instrumentationName} has no metrics: ${messageOf(error)}`);
    }
  }
}

function isUsable(view: ViewOptions): boolean {
  try {
    new MeterProvider({ views: [view] });
    return true;
  } catch (error) {
    logOnce(`option views has a view that cannot be used: ${messageOf(error)}; using the others`);
    return false;
  }
}

/** Logs a reader that throws because it already belongs to another SDK. That reader gets no metrics. */
function isolate(reader: IMetricReader): IMetricReader {
  const setMetricProducer: IMetricReader['setMetricProducer'] = (producer) => {
    try {
      reader.setMetricProducer(producer);
    } catch (error) {
      logOnce(`option metricReaders has a reader that cannot be used: ${messageOf(error)}; using the others`);
    }
  };
  return new Proxy(reader, {
    get(target, name) {
      if (name === 'setMetricProducer') return setMetricProducer;
      const value: unknown = target[name as keyof IMetricReader];
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}
