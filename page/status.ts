// The state of each component that the front page depends on, and what does not work while one is down.
import { type Static, Type } from 'typebox';
import { Links } from './links.ts';
import type { Stores } from './stores/stores.ts';

/** A component that hangs must not delay the response. */
const timeoutMs = 1_000;

export const Status = Type.Object({
  components: Type.Array(
    Type.Object({
      name: Type.String(),
      state: Type.Enum(['up', 'down', 'unknown']),
      message: Type.Union([Type.String(), Type.Null()], { description: 'the effect while it is down' }),
    }),
  ),
  traceLink: Type.Union([Type.String(), Type.Null()], {
    description: 'URL template that opens a trace in Grafana or the viewer; contains {traceId}',
  }),
  links: Links,
});

type Component = Static<typeof Status>['components'][number];

export async function checkComponents(
  { traces, logs, traceLink }: Stores,
  links: Static<typeof Links>,
  backendUrl: string,
): Promise<Static<typeof Status>> {
  const impact = 'Numbers cannot be written or read.';
  const [backend, database, ...stores] = await Promise.all([
    check('backend', new URL('/healthz', backendUrl), impact),
    check('PostgreSQL', new URL('/readyz', backendUrl), impact),
    ...[traces, logs]
      .filter((store) => store !== undefined)
      .filter(({ readyUrl }, index, all) => all.findIndex((other) => other.readyUrl.href === readyUrl.href) === index)
      .map(({ name, readyUrl, impact }) => check(name, readyUrl, impact)),
  ]);
  const postgres: Component = backend.state === 'up' ? database : { ...database, state: 'unknown', message: null };
  return { components: [backend, postgres, ...stores], traceLink: traceLink ?? null, links };
}

async function check(name: string, url: URL, impact: string): Promise<Component> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(timeoutMs) });
    await response.arrayBuffer();
    if (response.ok) return { name, state: 'up', message: null };
  } catch {} // unreachable or too slow: down
  return { name, state: 'down', message: impact };
}
