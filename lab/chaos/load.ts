// Writes at a steady rate from outside, whatever becomes of the ones before; each answer is remembered.
import { setTimeout as pause } from 'node:timers/promises';

export const writesPerSecond = Number(process.env.WRITES_PER_SECOND ?? 20);

export interface Write {
  sentAt: number;
  answeredAt: number;
  /** 0 where there was no answer at all. */
  status: number;
  id: number;
  value: number;
  traceId: string;
}

export interface Load {
  /** All that has ended so far. */
  writes: Write[];
  /** Sends no more, and resolves when the last one has ended. */
  stop(): Promise<void>;
}

export function startLoad(): Load {
  const writes: Write[] = [];
  const underWay = new Set<Promise<void>>();
  const startedAt = Date.now();
  let sent = 0;
  const timer = setInterval(() => {
    for (; sent < ((Date.now() - startedAt) / 1_000) * writesPerSecond; sent++) {
      const write = writeOnce().then((ended) => {
        writes.push(ended);
        underWay.delete(write);
      });
      underWay.add(write);
    }
  }, 10);
  return {
    writes,
    async stop() {
      clearInterval(timer);
      while (underWay.size > 0) await Promise.race([...underWay, pause(100)]);
    },
  };
}

export async function writeOnce(): Promise<Write> {
  const sentAt = Date.now();
  const none = { sentAt, status: 0, id: 0, value: 0, traceId: '' };
  try {
    const { FRONTEND_PORT, FRONTEND_URL = `http://localhost:${FRONTEND_PORT}` } = process.env;
    const url = `${FRONTEND_URL}/write`;
    const answer = await fetch(url, { method: 'POST', signal: AbortSignal.timeout(15_000) });
    const { id = 0, value = 0, traceId = '' } = (await answer.json()) as Partial<Write>;
    return { sentAt, answeredAt: Date.now(), status: answer.status, id, value, traceId };
  } catch {
    return { ...none, answeredAt: Date.now() };
  }
}
