// The OTLP/HTTP exporters retry until the request timeout expires. The queue has its own retries, and must learn of an unreachable receiver
// immediately.
interface Response {
  status: string;
  error?: Error;
  retryInMillis?: number;
}

interface Transport {
  send(data: Uint8Array, timeoutMillis: number): Promise<Response>;
  /** The wrapped transport; only on the transport that retries. */
  _transport?: Transport;
}

/** @returns the same exporter, which now reports a failure after one attempt, including the retry delay that the receiver requested */
export function withSingleAttempts<Exporter>(exporter: Exporter): Exporter {
  const delegate = (exporter as { _delegate?: { _transport?: Transport } })._delegate;
  const transport = delegate?._transport?._transport;
  if (delegate && typeof transport?.send === 'function') {
    delegate._transport = Object.create(transport, {
      send: { value: (data: Uint8Array, ms: number) => sendOnce(transport, data, ms) },
    });
  }
  return exporter;
}

async function sendOnce(transport: Transport, data: Uint8Array, timeoutMs: number): Promise<Response> {
  const response = await transport.send(data, timeoutMs);
  if (response.status !== 'retryable') return response;
  const error = response.error ?? Object.assign(new Error('the receiver is overloaded or unavailable'), { code: 503 });
  return { status: 'failure', error: Object.assign(error, { retryInMillis: response.retryInMillis }) };
}
