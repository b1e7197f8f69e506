// What the front page reads, so that a browser needs no other origin. These requests are neither traced nor logged.
import { type Static, type TSchema, Type } from 'typebox';
import type { Service } from '../service/build.ts';
import { ErrorResponse, ServiceError } from '../service/errors.ts';
import { untraced } from '../service/untraced.ts';
import { isCompleteTrace } from './complete-trace.ts';
import type { Links } from './links.ts';
import { pollStore } from './poll-store.ts';
import { checkComponents, Status } from './status.ts';
import { LogLine, Span, type Store, type Stores } from './stores/stores.ts';

const TraceId = Type.Object({ traceId: Type.String({ pattern: '^[0-9a-f]{32}$' }) });

/** Telemetry arrives a moment after the response to a request: waiting here saves a client from polling. */
function waitQuery(description: string) {
  const waitMs = Type.Integer({ minimum: 0, maximum: 5_000, default: 0, description });
  return Type.Object({ waitMs }, { additionalProperties: false, required: [] });
}

const Spans = Type.Array(Span, {
  headers: {
    'trace-complete': { type: 'boolean', description: 'false if spans of this trace have not arrived yet or were lost' },
  },
});

const LogLines = Type.Array(LogLine);

export function addReadBackRoutes(app: Service, stores: Stores, links: Static<typeof Links>, backendUrl: string): void {
  const stopping = new AbortController();
  app.addHook('preClose', async () => stopping.abort());

  app.get(
    '/trace/:traceId',
    routeOptions('The spans of a trace', 'how long to wait for the complete trace', Spans),
    async ({ params, query, signal }, reply) => {
      const store = requireStore(stores.traces, 'spans', 'TEMPO_URL');
      const spans = await pollStore(store, params.traceId, isCompleteTrace, deadline(query.waitMs), signal);
      if (spans.length === 0) throw notFound('spans', params.traceId);
      return reply.header('trace-complete', String(isCompleteTrace(spans))).send(spans);
    },
  );

  app.get(
    '/trace/:traceId/logs',
    routeOptions('The log lines of a trace', 'how long to wait for the first log line', LogLines),
    async ({ params, query, signal }) => {
      const store = requireStore(stores.logs, 'log lines', 'LOKI_URL');
      const lines = await pollStore(store, params.traceId, ({ length }) => length > 0, deadline(query.waitMs), signal);
      if (lines.length === 0) throw notFound('log lines', params.traceId);
      return lines;
    },
  );

  app.get('/status', { config: untraced, schema: { summary: 'The state of each component', response: { 200: Status } } }, () =>
    checkComponents(stores, links, backendUrl),
  );

  function deadline(waitMs: number): AbortSignal {
    return AbortSignal.any([stopping.signal, AbortSignal.timeout(waitMs)]);
  }
}

function routeOptions<Body extends TSchema>(summary: string, waitDescription: string, body: Body) {
  const errors = {
    400: ErrorResponse,
    404: ErrorResponse,
    501: ErrorResponse,
    502: ErrorResponse,
    503: ErrorResponse,
    504: ErrorResponse,
  };
  const response = { 200: body, ...errors };
  return { config: untraced, schema: { summary, params: TraceId, querystring: waitQuery(waitDescription), response } };
}

function requireStore<Entry extends Span | LogLine>(
  store: Store<Entry> | undefined,
  entries: string,
  setting: string,
): Store<Entry> {
  if (store) return store;
  throw new ServiceError(501, `cannot read ${entries}: set VIEWER_URL or ${setting}`);
}

function notFound(entries: string, traceId: string): ServiceError {
  return new ServiceError(404, `no ${entries} of trace ${traceId} have arrived yet`);
}
