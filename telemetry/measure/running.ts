// A service that is measured, as a process of its own.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { openSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import autocannon from 'autocannon';

export interface SetUp {
  name: string;
  /** A module of this package. */
  preload?: string;
  env?: Record<string, string>;
}

export interface Running extends SetUp {
  /** Of its telemetry: the set-up and a number. */
  service: string;
  /** @returns how many requests were answered; fails where one was not */
  load(options: { connections: number; amount?: number; rate?: number; seconds?: number }): Promise<number>;
  cpuUs(): Promise<number>;
  end(how: 'SIGTERM' | 'exit' | 'crash'): Promise<void>;
}

/** Of the service that is measured. */
export const spansPerRequest = 2;
export const logsPerRequest = 3;

const packageRoot = fileURLToPath(new URL('..', import.meta.url));
let started = 0;

export async function start(setUp: SetUp, env: Record<string, string>): Promise<Running> {
  const service = `${setUp.name} ${++started}`;
  const nowhere = openSync('/dev/null', 'w');
  const child = fork('measure/service.ts', {
    cwd: packageRoot,
    execArgv: setUp.preload ? ['--import', `./${setUp.preload}`] : [],
    env: { PATH: process.env.PATH, OTEL_SERVICE_NAME: service, ...env, ...setUp.env },
    stdio: ['ignore', nowhere, nowhere, 'ipc'],
  });
  const endWithUs = () => void child.kill('SIGKILL');
  process.once('exit', endWithUs);
  const ended = once(child, 'exit').then(() => process.off('exit', endWithUs));
  const next = async <Answer>() => (await once(child, 'message', { signal: AbortSignal.timeout(120_000) }))[0] as Answer;
  const { url } = await next<{ url: string }>();
  return {
    ...setUp,
    service,
    load: async ({ connections, amount, rate, seconds }) => {
      const result = await autocannon({
        url: `${url}/orders/1`,
        connections,
        sampleInt: 50,
        ...(amount !== undefined && { amount }),
        ...(rate !== undefined && { overallRate: rate }),
        ...(seconds !== undefined && { duration: seconds }),
      });
      if (result.non2xx + result.errors > 0) throw new Error(`${result.non2xx + result.errors} requests failed: ${setUp.name}`);
      return result['2xx'];
    },
    cpuUs: async () => {
      const answer = next<{ cpuUs: number }>();
      child.send('usage');
      return (await answer).cpuUs;
    },
    end: async (how) => {
      if (how === 'SIGTERM') child.kill(how);
      else child.send(how);
      await ended;
    },
  };
}
