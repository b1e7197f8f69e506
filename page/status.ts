// Asks each part that the front page depends on whether it is there, and says what is missing while it is not.
import { type Static, Type } from 'typebox';
import { Links } from './links.ts';
import type { Stores } from './stores/stores.ts';

/** So that one part that hangs does not keep the page from saying so. */
const timeoutMs = 1_000;

export const Status = Type.Object({
  parts: Type.Array(
    Type.Object({
      name: Type.String(),
      state: Type.Enum(['up', 'down', 'unknown']),
      message: Type.Union([Type.String(), Type.Null()], { description: 'what that means, while it is down' }),
    }),
  ),
  traceLink: Type.Union([Type.String(), Type.Null()], {
    description: 'where to look at a trace: an address with {traceId} in it',
  }),
  links: Links,
});

type Part = Static<typeof Status>['parts'][number];

export async function checkComponents(
  { traces, logs, traceLink }: Stores,
  links: Static<typeof Links>,
  backendUrl: string,
): Promise<Static<typeof Status>> {
  const numbers = 'No number can be written or read until it is back.';
  const [backend, database, ...stores] = await Promise.all([
    check('backend', new URL('/healthz', backendUrl), numbers),
    check('PostgreSQL', new URL('/readyz', backendUrl), numbers),
    ...[traces, logs]
      .filter((store) => store !== undefined)
      .filter(({ readyUrl }, place, all) => all.findIndex((other) => other.readyUrl.href === readyUrl.href) === place)
      .map(({ name, readyUrl, without }) => check(name, readyUrl, without)),
  ]);
  const reachable: Part = backend.state === 'up' ? database : { ...database, state: 'unknown', message: null };
  return { parts: [backend, reachable, ...stores], traceLink: traceLink ?? null, links };
}

async function check(name: string, url: URL, without: string): Promise<Part> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(timeoutMs) });
    await response.arrayBuffer();
    if (response.ok) return { name, state: 'up', message: null };
  } catch {} // away or too slow: down
  return { name, state: 'down', message: without };
}
