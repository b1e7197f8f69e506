// Metrics of pg-pool: the connections of each pool, the requests that wait for one, and their wait time.
// https://opentelemetry.io/docs/specs/semconv/database/database-metrics/#connection-pools
import {
  type BatchObservableResult,
  context,
  createNoopMeter,
  type Meter,
  type Observable,
  type ObservableUpDownCounter,
} from '@opentelemetry/api';
import { DurationMetric } from './metrics-duration.ts';

// These names are not stable yet; @opentelemetry/semantic-conventions exports them only from its `incubating` entry point.
const poolNameKey = 'db.client.connection.pool.name';
const stateKey = 'db.client.connection.state';

/** The server and database that a client connects to. */
interface Target {
  host?: unknown;
  port?: unknown;
  database?: unknown;
}

/** The properties of a pg-pool instance that are read here. */
export interface Pool {
  totalCount: number;
  idleCount: number;
  waitingCount: number;
  /** `pool.end()` has completed. */
  ended?: boolean;
  options?: Target & { max?: number; connectionString?: unknown };
  /** Clients also have the settings that come from a connection string or the environment. */
  _clients?: Target[];
}

const waitTime = new DurationMetric({
  name: 'db.client.connection.wait_time',
  description: 'The time it took to obtain an open connection from the pool.',
  bounds: [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10],
  attributes: [poolNameKey],
});

type Instruments = Record<'count' | 'limit' | 'pending', ObservableUpDownCounter>;

const noObservable = createNoopMeter().createObservableUpDownCounter('');

export class PoolMetrics {
  #remove: (() => void) | undefined;
  /** Weak references, because an application may drop a pool without ending it. */
  readonly #pools = new Set<WeakRef<Pool>>();
  readonly #known = new WeakSet<Pool>();
  /** Names of all pools so far. Ended pools must report 0, because the SDK repeats the last value of a series that is no longer observed. */
  readonly #names = new Set<string>();

  /** See DurationMetric.setMeter. */
  setMeter(meter: Meter): void {
    waitTime.setMeter(meter);
    const create = (name: string, description: string, unit: string) =>
      meter.createObservableUpDownCounter(`db.client.connection.${name}`, { description, unit });
    const instruments: Instruments = {
      count: create('count', 'The number of connections that are in the state of the attribute.', '{connection}'),
      limit: create('limit', 'The maximum number of open connections allowed.', '{connection}'),
      pending: create('pending_requests', 'The number of requests for an open connection that wait for it.', '{request}'),
    };
    if (instruments.count === noObservable) return;
    this.#remove?.();
    const observables: Observable[] = Object.values(instruments);
    const observe = (result: BatchObservableResult) => this.#observe(result, instruments);
    meter.addBatchObservableCallback(observe, observables);
    this.#remove = () => meter.removeBatchObservableCallback(observe, observables);
  }

  /**
   * Call this for each `pool.connect()`. Never throws.
   *
   * @returns a function to call when the connection is handed over, which never throws either; undefined if metrics are off
   */
  connect(pool: Pool): (() => void) | undefined {
    if (!this.#remove) return undefined;
    if (!this.#known.has(pool)) {
      this.#known.add(pool);
      this.#pools.add(new WeakRef(pool));
    }
    const wait = waitTime.start({}, context.active());
    return () => wait?.end({ [poolNameKey]: nameOf(pool) });
  }

  /** Pools with the same name, such as those of several modules for the same database, form one series with their sums. */
  #observe(result: BatchObservableResult, { count, limit, pending }: Instruments): void {
    const pools = Map.groupBy(this.#openPools(), nameOf);
    for (const name of pools.keys()) this.#names.add(name);
    for (const name of this.#names) {
      const observe = (counter: Observable, countIn: (pool: Pool) => number, state?: string) => {
        const total = (pools.get(name) ?? []).reduce((sum, pool) => sum + countIn(pool), 0);
        result.observe(counter, total, { [poolNameKey]: name, ...(state && { [stateKey]: state }) });
      };
      observe(count, (pool) => pool.idleCount, 'idle');
      observe(count, (pool) => pool.totalCount - pool.idleCount, 'used');
      observe(limit, (pool) => pool.options?.max ?? 0);
      observe(pending, (pool) => pool.waitingCount);
    }
  }

  #openPools(): Pool[] {
    const pools: Pool[] = [];
    for (const reference of this.#pools) {
      const pool = reference.deref();
      if (pool && !pool.ended) pools.push(pool);
      else this.#pools.delete(reference);
    }
    return pools;
  }
}

export const poolMetrics = new PoolMetrics();

/** Builds the default name of the conventions, `server.address:server.port/db.namespace`, from the values that are known. */
function nameOf({ options, _clients }: Pool): string {
  const { host, port, database } = _clients?.[0] ?? targetOf(options);
  const server = [host, port].filter((each) => typeof each === 'number' || (typeof each === 'string' && each !== '')).join(':');
  return `${server || 'postgresql'}${typeof database === 'string' && database !== '' ? `/${database}` : ''}`;
}

/** Omits the user and the password of a connection string. */
function targetOf(options: Pool['options']): Target {
  const { connectionString } = options ?? {};
  if (typeof connectionString !== 'string' || !URL.canParse(connectionString)) return options ?? {};
  const { hostname, port, pathname } = new URL(connectionString);
  return { host: hostname, port: port || 5432, database: pathname.slice(1) };
}
