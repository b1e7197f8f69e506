// https://grafana.com/docs/tempo/latest/api_docs/#query-v2
import { fetchJson } from '../../service/fetch-json.ts';
import { ownAttributes } from './attributes.ts';
import type { Span, Store } from './stores.ts';

interface OtlpValue {
  stringValue?: string;
  intValue?: string;
  doubleValue?: number;
  boolValue?: boolean;
  arrayValue?: { values?: OtlpValue[] };
}

type OtlpAttributes = { key: string; value: OtlpValue }[];

interface OtlpSpan {
  spanId: string;
  parentSpanId?: string;
  name: string;
  kind: string;
  startTimeUnixNano: string;
  endTimeUnixNano: string;
  attributes?: OtlpAttributes;
  status?: { code?: string };
}

interface TempoResponse {
  trace?: { resourceSpans?: { resource: { attributes: OtlpAttributes }; scopeSpans: { spans: OtlpSpan[] }[] }[] };
}

export function tempoTraces(baseUrl: string): Store<Span> {
  return {
    name: 'Tempo',
    readyUrl: new URL('/ready', baseUrl),
    impact: 'Traces cannot be shown. The Collector buffers new spans until it recovers.',
    async read(traceId, signal) {
      const url = new URL(`/api/v2/traces/${traceId}`, baseUrl);
      const response = (await fetchJson(`Tempo at ${url.origin}`, url, { signal })) as TempoResponse | undefined;
      const found = (response?.trace?.resourceSpans ?? []).flatMap(({ resource, scopeSpans }) => {
        const service = String(readAttributes(resource.attributes)['service.name'] ?? 'unknown');
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
          attributes: ownAttributes(readAttributes(span.attributes)),
        }))
        .sort((a, b) => a.startMs - b.startMs);
    },
  };
}

function readAttributes(attributes: OtlpAttributes = []): Record<string, unknown> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, readValue(value)]));
}

/** 64-bit integers are strings: https://protobuf.dev/programming-guides/json/ */
function readValue({ stringValue, intValue, doubleValue, boolValue, arrayValue }: OtlpValue): unknown {
  if (intValue !== undefined) return Number(intValue);
  if (arrayValue) return (arrayValue.values ?? []).map(readValue);
  return stringValue ?? doubleValue ?? boolValue ?? null;
}

function milliseconds(nanoseconds: bigint): number {
  return Number(nanoseconds) / 1e6;
}

/** Ids are base64 in this response. */
function hex(base64: string): string {
  return Buffer.from(base64, 'base64').toString('hex');
}
