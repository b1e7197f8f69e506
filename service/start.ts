// From start to stop: listen, and at SIGTERM, SIGINT or an uncaught error finish what is in work, close, exit.
import closeWithGrace from 'close-with-grace';
import type { FastifyInstance } from 'fastify';

/** Docker waits 10 s after SIGTERM before it kills. */
const stopWithinMs = 9_000;

/**
 * @param where.portSetting the name of the variable that changes the port, for the message when it is taken
 */
export async function startService(
  app: FastifyInstance,
  where: { host: string; port: number; portSetting: string },
): Promise<void> {
  closeWithGrace({ delay: stopWithinMs, logger: app.log }, async ({ signal, err }) => {
    if (err) app.log.fatal({ err }, `stopping after an uncaught error: ${err.message}`);
    else app.log.info(`stopping at ${signal ?? 'the end'}`);
    await app.close();
  });

  try {
    await app.listen({ host: where.host, port: where.port });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const reason = code === 'EADDRINUSE' ? `port ${where.port} is taken` : message;
    console.error(`cannot listen on ${where.host}:${where.port}: ${reason}; ${where.portSetting} and HOST change it`);
    await app.close();
    process.exit(1);
  }
}
