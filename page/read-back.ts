// What the front page asks for, so that a browser needs to speak to no other origin. None of it is traced or logged itself.
import { setTimeout as pause } from 'node:timers/promises';
import { type Static, type TSchema, Type } from 'typebox';
import type { Service } from '../service/build.ts';
import { ErrorResponse, ServiceError } from '../service/errors.ts';
import { untraced } from '../service/untraced.ts';
import type { Links } from './links.ts';
import { checkComponents, Status } from './status.ts';
import type { Store, Stores } from './stores/stores.ts';

const TraceId = Type.Object({ traceId: Type.String({ pattern: '^[0-9a-f]{32}$' }) });

/** Spans arrive a moment after the answer: to wait for them here saves a client from asking again and again. */
const Patience = Type.Object(
  { waitMs: Type.Integer({ minimum: 0, maximum: 5_000, default: 0, description: 'how long to wait for the first of them' }) },
  { additionalProperties: false },
);
const shortestPauseMs = 50;
const longestPauseMs = 500;

const Spans = Type.Array(
  Type.Object({
    spanId: Type.String(),
    parentSpanId: Type.Union([Type.String(), Type.Null()]),
    service: Type.String(),
    name: Type.String(),
    kind: Type.String({ description: 'SERVER, CLIENT, INTERNAL, …' }),
    startMs: Type.Number({ description: 'after the begin of the first span' }),
    durationMs: Type.Number(),
    isError: Type.Boolean(),
  }),
);

const LogLines = Type.Array(
  Type.Object({
    time: Type.String({ description: 'ISO 8601' }),
    service: Type.String(),
    level: Type.String(),
    message: Type.String(),
  }),
);

export function addReadBackRoutes(app: Service, stores: Stores, links: Static<typeof Links>, backendUrl: string): void {
  const stopping = new AbortController();
  app.addHook('preClose', async () => stopping.abort());

  app.get('/trace/:traceId', answering('The spans of a trace, when they have arrived', Spans), ({ params, query, signal }) =>
    read('spans', stores.traces, 'TEMPO_URL', params.traceId, until(query.waitMs), signal),
  );

  app.get(
    '/trace/:traceId/logs',
    answering('The log lines of a trace, when they have arrived', LogLines),
    ({ params, query, signal }) => read('log lines', stores.logs, 'LOKI_URL', params.traceId, until(query.waitMs), signal),
  );

  app.get('/status', { config: untraced, schema: { summary: 'What is up, and what is down', response: { 200: Status } } }, () =>
    checkComponents(stores, links, backendUrl),
  );

  function until(waitMs: number): AbortSignal {
    return AbortSignal.any([stopping.signal, AbortSignal.timeout(waitMs)]);
  }
}

function answering<Answer extends TSchema>(summary: string, answer: Answer) {
  const errors = {
    400: ErrorResponse,
    404: ErrorResponse,
    501: ErrorResponse,
    502: ErrorResponse,
    503: ErrorResponse,
    504: ErrorResponse,
  };
  return { config: untraced, schema: { summary, params: TraceId, querystring: Patience, response: { 200: answer, ...errors } } };
}

/**
 * @param end of the wait
 * @param left the client does not wait any more
 * @throws {ServiceError} 404 when nothing has come until then
 */
async function read<Entry>(
  what: string,
  store: Store<Entry> | undefined,
  setting: string,
  traceId: string,
  end: AbortSignal,
  left: AbortSignal,
): Promise<Entry[]> {
  if (!store) throw new ServiceError(501, `${what} cannot be read back: neither VIEWER_URL nor ${setting} says from where`);
  for (let pauseMs = shortestPauseMs; ; pauseMs = Math.min(2 * pauseMs, longestPauseMs)) {
    const found = await store.read(traceId, left);
    if (found.length > 0) return found;
    if (end.aborted || left.aborted) throw new ServiceError(404, `no ${what} of the trace ${traceId} have arrived yet`);
    await pause(pauseMs, undefined, { signal: AbortSignal.any([end, left]) }).catch(() => {}); // one last look then
  }
}
