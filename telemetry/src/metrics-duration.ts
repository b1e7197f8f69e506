// Duration histograms for requests and queries, by the semantic conventions. An instrumentation starts a measurement for each operation;
// it gets undefined unless its meter belongs to an SDK with a metric reader.
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
  /** Names of the attributes to record. Other span attributes would raise the metric's cardinality. */
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
   * Call this from the instrumentation's `_updateMetricInstruments`, whenever its meter changes.
   *
   * @param meter a no-op meter never replaces one that records, because each new instrumentation starts with a no-op meter
   */
  setMeter(meter: Meter): void {
    const { name, description, bounds } = this.#description;
    const histogram = meter.createHistogram(name, { description, unit: 's', advice: { explicitBucketBoundaries: bounds } });
    if (histogram !== noHistogram) this.#histogram = histogram;
  }

  /**
   * Starts measuring an operation, whether or not its span is sampled.
   *
   * @param attributes known at the start, such as the initial attributes of the span
   * @param context contains the span of the operation, for exemplars
   * @returns undefined if metrics are off
   */
  start(attributes: Attributes, context: Context): Measurement | undefined {
    return this.#histogram && new Measurement(this.#histogram, this.#description.attributes, attributes, context);
  }

  /** Check this before computing attributes that are expensive. */
  get isMeasured(): boolean {
    return this.#histogram !== undefined;
  }
}

/** One operation in progress. Its methods never throw. */
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

  /**
   * Records the duration. Later calls do nothing.
   *
   * @param endMs by `performance.now()`
   */
  end(attributes: Attributes = {}, endMs = performance.now()): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    try {
      this.add(attributes);
      this.#histogram.record((endMs - this.#startMs) / 1_000, this.#attributes, this.#context);
    } catch (error) {
      diag.debug('a duration could not be recorded', error); // thrown by the SDK or a view
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
 * `db.query.summary` contains the operations and their tables. `db.operation.name` and `db.collection.name` are omitted: the conventions
 * advise against extracting them from the query text of a database that, like PostgreSQL, accepts several statements in one text.
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
