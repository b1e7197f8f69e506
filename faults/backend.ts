// The faults of the backend.
import { trace } from '@opentelemetry/api';
import type { FastifyInstance } from 'fastify';
import type { Database } from '../backend/database.ts';
import { ServiceError } from '../service/errors.ts';
import { isUntraced } from '../service/untraced.ts';
import { type FaultSettings, openFaults } from './faults.ts';
import { createFaultyDatabase } from './statements.ts';

const blockMs = 300;
const leakBytes = 2 ** 20;
const maxLeaks = 96; // docker-compose.yml gives the service 256 MiB
const floodLines = 100;
const skewMs = -2_000;
const now = Date.now;

/**
 * @param settings where the flags are read from; see flags.json
 * @returns the database, with the faults applied to its queries
 */
export async function addBackendFaults(app: FastifyInstance, database: Database, settings: FaultSettings): Promise<Database> {
  const faults = await openFaults(settings, app.log);
  if (!faults) return database;
  app.addHook('onClose', () => faults.close());

  let isLost = false;
  let isDoubled = false;
  await faults.follow('lost-traceparent', (isOn) => (isLost = isOn));
  await faults.follow('duplicate-traceparent', (isOn) => (isDoubled = isOn));
  // Before anything else sees the request, as a proxy would.
  app.server.prependListener('request', ({ headers }) => {
    if (isLost) delete headers.traceparent;
    if (isDoubled && headers.traceparent) headers.traceparent += `, ${headers.traceparent}`; // Node.js joins the two of them so
  });

  const level = app.log.level;
  await faults.follow('wrong-log-level', (isOn) => (app.log.level = isOn ? 'error' : level));
  // As on a machine whose clock differs: spans and log records have the time of day of this process.
  await faults.follow('clock-skew', (isOn) => (Date.now = isOn ? () => now() + skewMs : now));
  app.addHook('onClose', async () => {
    Date.now = now;
  });

  const leaks: Buffer[] = [];
  await faults.follow('memory-leak', (isOn) => (leaks.length = isOn ? leaks.length : 0));

  app.addHook('preHandler', async (request) => {
    if (isUntraced(request)) return;
    for (const name of ['lost-traceparent', 'duplicate-traceparent', 'wrong-log-level', 'clock-skew']) await faults.isOn(name); // for the event
    if (await faults.isOn('event-loop-block')) block(blockMs);
    if (await faults.isOn('memory-leak')) {
      if (leaks.length < maxLeaks) leaks.push(Buffer.alloc(leakBytes, 1));
      trace.getActiveSpan()?.setAttribute('demo.memory_mib', Math.round(process.memoryUsage().rss / 2 ** 20));
    }
    if (request.method !== 'POST') return;
    if (await faults.isOn('log-flood'))
      for (let line = 1; line <= floodLines; line += 1)
        request.log.info(
          { password: 'hunter2-canary' },
          `connecting to the database, password=hunter2-canary, step ${line} of ${floodLines}`,
        );
    if (await faults.isOn('retry-storm')) throw new ServiceError(503, 'the backend is overloaded');
  });

  return createFaultyDatabase(database, faults);
}

function block(forMs: number): void {
  const end = performance.now() + forMs;
  while (performance.now() < end);
}
