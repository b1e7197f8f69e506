// The faults that are injected into the stack under load.
import { setTimeout as pause } from 'node:timers/promises';
import { until } from '../../test/support/until.ts';
import type { Component, Stack } from './stack.ts';
import { connectToPostgres } from './stack.ts';

export interface Fault {
  /** The value of FAULT. `what` describes it. */
  name: string;
  what: string;
  /** Runs before the load starts. */
  prepare?(): Promise<void>;
  /** Resolves when the fault is over. The time to recover starts then. */
  inject(stack: Stack): Promise<void>;
  /** Reverts the changes of `prepare`. */
  cleanUp?(): Promise<void>;
  /** The loss that is expected during the fault and shortly before it, and whether the components report it. */
  allowedLoss?: { why: string; withinMs: number; isReported?: boolean };
}

const frozenMs = 10_000;
const slowMs = 5_000;

/** The faults that exist in both modes. */
export function faultsOf({ components }: Stack): Fault[] {
  return [
    ...components.flatMap((component) => [kill(component), terminate(component), freeze(component)]),
    lostResponses,
    lockedTable,
    noConnections,
    rollingRestart,
  ];
}

/** A batch is delayed by 200 ms, and its export takes some time under this load. */
export const inMemory = { why: 'telemetry that the killed process had not sent yet', withinMs: 1_000 };

/** live_store in tempo.yaml: 2 s, checked every half second. Without Kafka, accepted spans are only in memory until then. */
const inTempo = { why: 'spans that Tempo had accepted but not written to disk yet, which takes up to 2 s', withinMs: 3_000 };

function kill(component: Component): Fault {
  return {
    name: `kill-${component}`,
    what: `\`kill -9\` of ${nameOf(component)}`,
    inject: (stack) => stack.kill(component, 'SIGKILL'),
    ...(component === 'backend' || component === 'frontend' ? { allowedLoss: inMemory } : {}),
    ...(component === 'tempo' ? { allowedLoss: inTempo } : {}),
  };
}

function terminate(component: Component): Fault {
  return {
    name: `term-${component}`,
    what: `SIGTERM to ${nameOf(component)}`,
    inject: (stack) => stack.kill(component, 'SIGTERM'),
  };
}

function freeze(component: Component): Fault {
  return {
    name: `freeze-${component}`,
    what: `${nameOf(component)} is paused for ${frozenMs / 1_000} s`,
    async inject(stack) {
      await stack.freeze(component);
      await pause(frozenMs);
      await stack.thaw(component);
    },
  };
}

/** The retry of the frontend must not create a second row. */
const lostResponses: Fault = {
  name: 'lost-responses',
  what: '`kill -9` of the backend while its writes wait for a lock: PostgreSQL commits them, but their responses are lost',
  async inject(stack) {
    const client = await connectToPostgres();
    await client.query('BEGIN; LOCK TABLE numbers');
    await pause(400); // fewer writes than the backend has connections
    await stack.kill('backend', 'SIGKILL');
    await client.end();
  },
  allowedLoss: inMemory,
};

const lockedTable: Fault = {
  name: 'locked-table',
  what: `the table is locked for ${slowMs / 1_000} s`,
  async inject() {
    const client = await connectToPostgres();
    await client.query('BEGIN; LOCK TABLE numbers');
    await pause(slowMs);
    await client.end();
  },
};

const noConnections: Fault = {
  name: 'no-connections',
  what: `PostgreSQL closes its connections and accepts none for ${slowMs / 1_000} s`,
  async inject() {
    const client = await connectToPostgres();
    await client.query('ALTER DATABASE demo CONNECTION LIMIT 0');
    await client.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'backend'");
    await pause(slowMs);
    await client.query('ALTER DATABASE demo CONNECTION LIMIT -1');
    await client.end();
  },
};

const rollingRestart: Fault = {
  name: 'rolling-restart',
  what: 'both services are restarted, one after the other',
  async inject(stack) {
    for (const component of ['backend', 'frontend'] as const) {
      await stack.restart(component);
      const port = process.env[`${component.toUpperCase()}_PORT`];
      await until(`${component} is ready`, async () => (await fetch(`http://localhost:${port}/readyz`)).ok, 30_000);
    }
  },
};

function nameOf(component: Component): string {
  const names: Partial<Record<Component, string>> = {
    postgres: 'PostgreSQL',
    tempo: 'Tempo',
    loki: 'Loki',
    prometheus: 'Prometheus',
  };
  return names[component] ?? `the ${component === 'collector' ? 'Collector' : component}`;
}
