// How long requests and queries take, as histograms of the semantic conventions. An instrumentation asks for a measurement with each
// operation, and gets none unless its meter belongs to an SDK with a metric reader.
import { type Attributes, type Context, createNoopMeter, diag, type Histogram, type Meter } from '@opentelemetry/api';
import {
  ATTR_DB_NAMESPACE,
  ATTR_DB_QUERY_SUMMARY,
  ATTR_DB_RESPONSE_STATUS_CODE,
  ATTR_DB_SYSTEM_NAME,
  ATTR_ERROR_TYPE,
  ATTR_HTTP_REQUEST_METHOD,
  ATTR_HTTP_RESPONSE_STATUS_CODE,
  ATTR_HTTP_ROUTE,
  ATTR_NETWORK_PROTOCOL_VERSION,
  ATTR_SERVER_ADDRESS,
  ATTR_SERVER_PORT,
  ATTR_URL_SCHEME,
  METRIC_DB_CLIENT_OPERATION_DURATION,
  METRIC_HTTP_CLIENT_REQUEST_DURATION,
  METRIC_HTTP_SERVER_REQUEST_DURATION,
} from '@opentelemetry/semantic-conventions';

interface Description {
  name: string;
  description: string;
  /** Upper bounds of the buckets, in seconds. */
  bounds: number[];
  /** The attributes that are recorded, of all that an operation has: those of spans tell more than a metric may. */
  attributes: string[];
}

const noHistogram = createNoopMeter().createHistogram('');

export class DurationMetric {
  readonly #description: Description;
  #histogram: Histogram | undefined;

  constructor(description: Description) {
    this.#description = description;
  }

  /**
   * Call this with the meter of the instrumentation whenever that changes, in `_updateMetricInstruments`.
   *
   * @param meter one that records nothing does not replace one that does: each new instrumentation begins with such a meter
   */
  setMeter(meter: Meter): void {
    const { name, description, bounds } = this.#description;
    const histogram = meter.createHistogram(name, { description, unit: 's', advice: { explicitBucketBoundaries: bounds } });
    if (histogram !== noHistogram) this.#histogram = histogram;
  }

  /**
   * Starts to measure an operation, whether or not its span is sampled.
   *
   * @param attributes known at the start, such as those that the span starts with
   * @param context with the span of the operation, for exemplars
   * @returns undefined where nobody asks for metrics
   */
  start(attributes: Attributes, context: Context): Measurement | undefined {
    return this.#histogram && new Measurement(this.#histogram, this.#description.attributes, attributes, context);
  }

  /** For an operation whose attributes cost something to find. */
  get isMeasured(): boolean {
    return this.#histogram !== undefined;
  }
}

/** One running operation. Nothing here throws. */
export class Measurement {
  readonly #histogram: Histogram;
  readonly #names: string[];
  readonly #attributes: Attributes = {};
  readonly #context: Context;
  readonly #startMs = performance.now();
  #hasEnded = false;

  constructor(histogram: Histogram, names: string[], attributes: Attributes, context: Context) {
    this.#histogram = histogram;
    this.#names = names;
    this.#context = context;
    this.add(attributes);
  }

  /** Adds attributes that were not known at the start. */
  add(attributes: Attributes): void {
    for (const name of this.#names) if (attributes[name] !== undefined) this.#attributes[name] = attributes[name];
  }

  /** Records the duration, once. */
  end(attributes: Attributes = {}): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    try {
      this.add(attributes);
      this.#histogram.record((performance.now() - this.#startMs) / 1_000, this.#attributes, this.#context);
    } catch (error) {
      diag.debug('a duration could not be recorded', error); // of an SDK, or a view, that throws
    }
  }
}

/** https://opentelemetry.io/docs/specs/semconv/http/http-metrics/ */
const httpBounds = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];

export const serverRequestDuration = new DurationMetric({
  name: METRIC_HTTP_SERVER_REQUEST_DURATION,
  description: 'Duration of HTTP server requests.',
  bounds: httpBounds,
  attributes: [
    ATTR_HTTP_REQUEST_METHOD,
    ATTR_URL_SCHEME,
    ATTR_HTTP_ROUTE,
    ATTR_HTTP_RESPONSE_STATUS_CODE,
    ATTR_ERROR_TYPE,
    ATTR_NETWORK_PROTOCOL_VERSION,
  ],
});

export const clientRequestDuration = new DurationMetric({
  name: METRIC_HTTP_CLIENT_REQUEST_DURATION,
  description: 'Duration of HTTP client requests.',
  bounds: httpBounds,
  attributes: [
    ATTR_HTTP_REQUEST_METHOD,
    ATTR_URL_SCHEME,
    ATTR_SERVER_ADDRESS,
    ATTR_SERVER_PORT,
    ATTR_HTTP_RESPONSE_STATUS_CODE,
    ATTR_ERROR_TYPE,
    ATTR_NETWORK_PROTOCOL_VERSION,
  ],
});

/**
 * https://opentelemetry.io/docs/specs/semconv/database/database-metrics/
 * The summary tells what is done to which tables. `db.operation.name` and `db.collection.name` are not to be read from a statement, of which
 * PostgreSQL accepts several in one query.
 */
export const databaseOperationDuration = new DurationMetric({
  name: METRIC_DB_CLIENT_OPERATION_DURATION,
  description: 'Duration of database client operations.',
  bounds: [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10],
  attributes: [
    ATTR_DB_SYSTEM_NAME,
    ATTR_DB_NAMESPACE,
    ATTR_DB_QUERY_SUMMARY,
    ATTR_DB_RESPONSE_STATUS_CODE,
    ATTR_ERROR_TYPE,
    ATTR_SERVER_ADDRESS,
    ATTR_SERVER_PORT,
  ],
});
