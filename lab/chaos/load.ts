// Sends writes to the frontend at a constant rate (open loop) and records each response.
import { setTimeout as pause } from 'node:timers/promises';

export const writesPerSecond = Number(process.env.WRITES_PER_SECOND ?? 20);

export interface Write {
  sentAt: number;
  answeredAt: number;
  /** 0 if there was no response. */
  status: number;
  id: number;
  value: number;
  traceId: string;
}

export interface Load {
  /** All finished writes so far. */
  writes: Write[];
  /** Sends no more writes, and resolves when the last one has finished. */
  stop(): Promise<void>;
}

export function startLoad(): Load {
  const writes: Write[] = [];
  const inFlight = new Set<Promise<void>>();
  const startedAt = Date.now();
  let sent = 0;
  const timer = setInterval(() => {
    for (; sent < ((Date.now() - startedAt) / 1_000) * writesPerSecond; sent++) {
      const write = writeOnce().then((ended) => {
        writes.push(ended);
        inFlight.delete(write);
      });
      inFlight.add(write);
    }
  }, 10);
  return {
    writes,
    async stop() {
      clearInterval(timer);
      while (inFlight.size > 0) await Promise.race([...inFlight, pause(100)]);
    },
  };
}

export async function writeOnce(): Promise<Write> {
  const sentAt = Date.now();
  const none = { sentAt, status: 0, id: 0, value: 0, traceId: '' };
  try {
    const { FRONTEND_PORT, FRONTEND_URL = `http://localhost:${FRONTEND_PORT}` } = process.env;
    const url = `${FRONTEND_URL}/write`;
    const response = await fetch(url, { method: 'POST', signal: AbortSignal.timeout(15_000) });
    const { id = 0, value = 0, traceId = '' } = (await response.json()) as Partial<Write>;
    return { sentAt, answeredAt: Date.now(), status: response.status, id, value, traceId };
  } catch {
    return { ...none, answeredAt: Date.now() };
  }
}
