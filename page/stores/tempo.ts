// https://grafana.com/docs/tempo/latest/api_docs/#query-v2
import { fetchJson } from './fetch-json.ts';
import type { Span, Store } from './stores.ts';

interface OtlpSpan {
  spanId: string;
  parentSpanId?: string;
  name: string;
  kind: string;
  startTimeUnixNano: string;
  endTimeUnixNano: string;
  status?: { code?: string };
}

interface Answer {
  trace?: {
    resourceSpans?: {
      resource: { attributes: { key: string; value: { stringValue?: string } }[] };
      scopeSpans: { spans: OtlpSpan[] }[];
    }[];
  };
}

export function tempoTraces(baseUrl: string): Store<Span> {
  return {
    name: 'Tempo',
    readyUrl: new URL('/ready', baseUrl),
    without: 'Numbers are written all the same, and their spans wait in the Collector.',
    async read(traceId, signal) {
      const answer = (await fetchJson('Tempo', new URL(`/api/v2/traces/${traceId}`, baseUrl), signal)) as Answer | undefined;
      const found = (answer?.trace?.resourceSpans ?? []).flatMap(({ resource, scopeSpans }) => {
        const service = resource.attributes.find(({ key }) => key === 'service.name')?.value.stringValue ?? 'unknown';
        return scopeSpans.flatMap(({ spans }) => spans.map((span) => ({ ...span, service })));
      });
      const first = found.map(({ startTimeUnixNano }) => BigInt(startTimeUnixNano)).reduce((a, b) => (a < b ? a : b), 2n ** 64n);
      return found
        .map((span) => ({
          spanId: hex(span.spanId),
          parentSpanId: span.parentSpanId ? hex(span.parentSpanId) : null,
          service: span.service,
          name: span.name,
          kind: span.kind.replace('SPAN_KIND_', ''),
          startMs: milliseconds(BigInt(span.startTimeUnixNano) - first),
          durationMs: milliseconds(BigInt(span.endTimeUnixNano) - BigInt(span.startTimeUnixNano)),
          isError: span.status?.code === 'STATUS_CODE_ERROR',
        }))
        .sort((a, b) => a.startMs - b.startMs);
    },
  };
}

function milliseconds(nanoseconds: bigint): number {
  return Number(nanoseconds) / 1e6;
}

/** Ids come in base64: https://protobuf.dev/programming-guides/json/ */
function hex(base64: string): string {
  return Buffer.from(base64, 'base64').toString('hex');
}
