// The last span of a finished request is delivered, however the process ends.
// A service that closes Fastify on a signal needs none of this: fastify.ts flushes when the instance has closed.

/**
 * Flushes at a normal end, and where nobody else handles it, at SIGTERM, SIGINT and an uncaught error:
 * then the process ends as it would have ended without, as soon as the flush is over. A process that calls process.exit() itself must close Fastify before.
 */
export function flushBeforeExit(flush: () => Promise<void>): void {
  process.once('beforeExit', flush);

  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    const onSignal = async () => {
      if (process.listenerCount(signal) > 1) return;
      await flush();
      process.off(signal, onSignal);
      process.kill(process.pid, signal);
    };
    process.on(signal, onSignal);
  }

  process.on('uncaughtException', async (error) => {
    if (process.listenerCount('uncaughtException') > 1) return;
    console.error(error);
    await flush();
    process.exit(1);
  });
}
