// The report that a service under `fastify-otlp doctor` writes to a file.

export interface DoctorReport {
  node: string;
  /** Whether it listens; false if it ended before. */
  isListening: boolean;
  /** Whether an SDK has registered itself with the OpenTelemetry API. */
  isStarted: boolean;
  /** The instrumented packages that were loaded before the SDK registered itself; if it did not, all that were loaded. */
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

/** Query parameter of the preloaded module's URL: the path of the report. */
export const reportParameter = 'report';
