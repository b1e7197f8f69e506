import { chain } from '../../page/complete-trace.ts';

const statusCodes = [201, 201, 201, undefined];

/** Tempo's response for the trace of a stored write. @param count number of its four spans that have arrived */
export function tempoResponse(count: number): string {
  const resourceSpans = chain.slice(0, count).map(({ service, kind, name }, index) => ({
    resource: { attributes: [{ key: 'service.name', value: { stringValue: service } }] },
    scopeSpans: [
      {
        spans: [
          {
            spanId: idOf(index),
            ...(index > 0 ? { parentSpanId: idOf(index - 1) } : {}),
            name,
            kind: `SPAN_KIND_${kind}`,
            startTimeUnixNano: String(1_700_000_000_000_000_000n + BigInt(index) * 1_000_250n),
            endTimeUnixNano: String(1_700_000_000_020_000_000n - BigInt(index) * 1_000_000n),
            attributes: [
              { key: 'http.response.status_code', value: { intValue: String(statusCodes[index]) } },
              { key: 'host.name', value: { stringValue: 'of the resource' } },
            ].filter((_, place) => place === 1 || statusCodes[index]),
          },
        ],
      },
    ],
  }));
  return JSON.stringify({ trace: { resourceSpans } });
}

function idOf(index: number): string {
  return Buffer.from([0, 0, 0, 0, 0, 0, 0, index + 1]).toString('base64');
}
