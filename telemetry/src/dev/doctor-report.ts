// What a service under `fastify-otlp doctor` tells about itself, by a file.

export interface DoctorReport {
  node: string;
  /** Whether it listens, or has ended before. */
  isListening: boolean;
  /** Whether an SDK has registered itself with the OpenTelemetry API. */
  isStarted: boolean;
  /** Of the packages that are instrumented, those that were loaded when that happened, or at all where it did not. */
  loadedBefore: string[];
  loaded: LoadedPackage[];
  /** Copies of `@opentelemetry/api`. */
  apis: LoadedPackage[];
  /** Each OTEL_* variable, as the service has it. */
  environment: Record<string, string>;
}

export interface LoadedPackage {
  name: string;
  version: string;
  path: string;
}

/** Of the preloaded module, in the query of its URL: where to write the report. */
export const reportParameter = 'report';
