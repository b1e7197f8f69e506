// Listens; on SIGTERM, SIGINT or an uncaught error finishes the requests in flight, closes and exits.
import closeWithGrace from 'close-with-grace';
import type { FastifyInstance } from 'fastify';
import { badSettingExitCode } from './config.ts';

/**
 * Limit for closing: 6 s for the requests in flight, then 5 s for a periodic write. The last spans may take 8 s more, see exit-flush.ts.
 * stop_grace_period, terminationGracePeriodSeconds and local/process.ts must cover both.
 */
const stopWithinMs = 12_000;

/**
 * @param where.portSetting the variable that changes the port, for the message when the port is taken
 */
export async function startService(
  app: FastifyInstance,
  where: { host: string; port: number; portSetting: string },
): Promise<void> {
  closeWithGrace({ delay: stopWithinMs, logger: app.log }, async ({ signal, err }) => {
    if (err) app.log.fatal({ err }, `stopping after an uncaught error: ${err.message}`);
    else app.log.info(`stopping on ${signal ?? 'request'}`);
    await app.close();
  });

  try {
    await app.listen({ host: where.host, port: where.port });
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException;
    const isInvalidHost = /^(ENOTFOUND|EAI_\w+|EADDRNOTAVAIL|EINVAL)$/.test(code);
    const reason = code === 'EADDRINUSE' ? `port ${where.port} is taken` : message;
    if (isInvalidHost) console.error(`HOST is "${where.host}"; expected an address of this machine (${code})`);
    else console.error(`cannot listen: ${reason}; set ${where.portSetting} or HOST to change the address`);
    await app.close();
    process.exit(isInvalidHost ? badSettingExitCode : 1);
  }
}
