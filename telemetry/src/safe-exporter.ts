// The SDK's exporters, created and used with valid settings, such that none of them can stop the service.
import { type ExportResult, ExportResultCode } from '@opentelemetry/core';
import { logOnce, withValidEnvironment } from './settings.ts';

export interface Exporter {
  export(items: never[], done: (result: ExportResult) => void): void;
  shutdown(): Promise<void>;
  forceFlush?(): Promise<void>;
}

/** Where an exporter cannot be created: accepts everything, and drops it. */
const disabled: Exporter = {
  export: (_items, done) => done({ code: ExportResultCode.SUCCESS }),
  shutdown: async () => {},
};

/**
 * @param what the items that the exporter is for, in messages
 * @returns the exporter, or one that drops everything where `create` throws, which is logged once
 */
export function createSafely(what: string, create: () => Exporter): Exporter {
  try {
    const exporter = withValidEnvironment(create);
    return {
      // The gRPC exporters read the files of their certificates only when they connect.
      export: (items, done) => withValidEnvironment(() => exporter.export(items, done)),
      shutdown: () => exporter.shutdown(),
      forceFlush: async () => exporter.forceFlush?.(),
    };
  } catch (error) {
    logOnce(`cannot create the exporter: ${what} are not exported: ${error instanceof Error ? error.message : error}`);
    return disabled;
  }
}
