// What is done to the stack, each while it is written to.
import { setTimeout as pause } from 'node:timers/promises';
import { until } from '../../test/support/until.ts';
import type { Part, Stack } from './stack.ts';
import { connectToPostgres } from './stack.ts';

export interface Fault {
  /** As FAULT names it, and in words. */
  name: string;
  what: string;
  /** Before the load begins. */
  prepare?(): Promise<void>;
  /** Resolves when it is over; from then on the time to recover counts. */
  happen(stack: Stack): Promise<void>;
  /** Puts back what `prepare` has changed. */
  tidy?(): Promise<void>;
  /** What cannot be kept of the fault's time and of the moments before it, and whether the parts count it. */
  mayLose?: { why: string; withinMs: number; isCounted?: boolean };
}

const frozenMs = 10_000;
const slowMs = 5_000;

/** Those that either mode can have. */
export function faultsOf({ parts }: Stack): Fault[] {
  return [
    ...parts.flatMap((part) => [kill(part), terminate(part), freeze(part)]),
    lostAnswers,
    lockedTable,
    noConnections,
    rollingRestart,
  ];
}

/** A batch waits for 200 ms, and its export takes a while under this load. */
export const inMemory = { why: 'what the killed process had in memory and had not sent yet', withinMs: 1_000 };

/** live_store in tempo.yaml: 2 s, and half a second until it looks. Without Kafka before it, what it has taken is in its memory alone until then. */
const inTempo = { why: 'what Tempo had taken and not yet written to its disk, which it does after up to 2 s', withinMs: 3_000 };

function kill(part: Part): Fault {
  return {
    name: `kill-${part}`,
    what: `\`kill -9\` of ${nameOf(part)}`,
    happen: (stack) => stack.kill(part, 'SIGKILL'),
    ...(part === 'backend' || part === 'frontend' ? { mayLose: inMemory } : {}),
    ...(part === 'tempo' ? { mayLose: inTempo } : {}),
  };
}

function terminate(part: Part): Fault {
  return { name: `term-${part}`, what: `SIGTERM to ${nameOf(part)}`, happen: (stack) => stack.kill(part, 'SIGTERM') };
}

function freeze(part: Part): Fault {
  return {
    name: `freeze-${part}`,
    what: `${nameOf(part)} stands still for ${frozenMs / 1_000} s`,
    async happen(stack) {
      await stack.freeze(part);
      await pause(frozenMs);
      await stack.thaw(part);
    },
  };
}

/** What the frontend then sends again must not be a second row. */
const lostAnswers: Fault = {
  name: 'lost-answers',
  what: '`kill -9` of the backend while its writes wait for a lock: PostgreSQL keeps them, and nobody hears of it',
  async happen(stack) {
    const client = await connectToPostgres();
    await client.query('BEGIN; LOCK TABLE numbers');
    await pause(400); // fewer writes than the backend has connections
    await stack.kill('backend', 'SIGKILL');
    await client.end();
  },
  mayLose: inMemory,
};

const lockedTable: Fault = {
  name: 'locked-table',
  what: `the table is locked for ${slowMs / 1_000} s`,
  async happen() {
    const client = await connectToPostgres();
    await client.query('BEGIN; LOCK TABLE numbers');
    await pause(slowMs);
    await client.end();
  },
};

const noConnections: Fault = {
  name: 'no-connections',
  what: `PostgreSQL takes back its connections, and gives none for ${slowMs / 1_000} s`,
  async happen() {
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
  async happen(stack) {
    for (const part of ['backend', 'frontend'] as const) {
      await stack.restart(part);
      const port = process.env[`${part.toUpperCase()}_PORT`];
      await until(`${part} is ready`, async () => (await fetch(`http://localhost:${port}/readyz`)).ok, 30_000);
    }
  },
};

function nameOf(part: Part): string {
  const names: Partial<Record<Part, string>> = { postgres: 'PostgreSQL', tempo: 'Tempo', loki: 'Loki', prometheus: 'Prometheus' };
  return names[part] ?? `the ${part === 'collector' ? 'Collector' : part}`;
}
