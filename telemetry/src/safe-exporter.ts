// Creates and calls the SDK's exporters with valid settings only, so that an exporter never stops the service.
import { type ExportResult, ExportResultCode } from '@opentelemetry/core';
import { logOnce, messageOf } from './log.ts';
import { withValidEnvironment } from './settings.ts';

export interface Exporter {
  export(items: never[], done: (result: ExportResult) => void): void;
  shutdown(): Promise<void>;
  forceFlush?(): Promise<void>;
}

/** Replaces an exporter that cannot be created: accepts all items and drops them. */
const disabled: Exporter = {
  export: (_items, done) => done({ code: ExportResultCode.SUCCESS }),
  shutdown: async () => {},
};

/**
 * @param what name of the items in log messages
 * @returns the exporter; if `create` throws, logs the error once and returns an exporter that drops all items
 */
export function createSafely(what: string, create: () => Exporter): Exporter {
  try {
    const exporter = withValidEnvironment(create);
    let hasExported = false;
    return {
      export: (items, done) => {
        if (hasExported) return exporter.export(items, done);
        hasExported = true;
        withValidEnvironment(() => exporter.export(items, done)); // the gRPC exporters read their certificate files only now
      },
      shutdown: () => exporter.shutdown(),
      forceFlush: async () => exporter.forceFlush?.(),
    };
  } catch (error) {
    logOnce(`cannot create the exporter: ${what} are not exported: ${messageOf(error)}`);
    return disabled;
  }
}
