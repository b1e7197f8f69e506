// From start to stop: listen, and at SIGTERM, SIGINT or an uncaught error finish what is in work, close, exit.
import closeWithGrace from 'close-with-grace';
import type { FastifyInstance } from 'fastify';
import { badSettingExitCode } from './config.ts';

/** 6 s for the requests in work, 5 s for the last spans. Docker has to wait longer than that: stop_grace_period. */
const stopWithinMs = 12_000;

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
    const { code = '', message } = error as NodeJS.ErrnoException;
    const isWrongHost = /^(ENOTFOUND|EAI_\w+|EADDRNOTAVAIL|EINVAL)$/.test(code);
    const reason = code === 'EADDRINUSE' ? `port ${where.port} is taken` : message;
    if (isWrongHost) console.error(`HOST is "${where.host}"; it takes an address of this machine (${code})`);
    else console.error(`cannot listen: ${reason}; ${where.portSetting} and HOST change where`);
    await app.close();
    process.exit(isWrongHost ? badSettingExitCode : 1);
  }
}
