// Fastify destroys the response where a web stream fails after the headers are sent, and tells nobody why. A Node.js stream has the error itself.
interface WebStream {
  getReader(...args: unknown[]): { read(...args: unknown[]): Promise<unknown> };
}

/** @returns the web stream of a payload, which may be a Response */
export function webStreamOf(payload: unknown): WebStream | undefined {
  const stream = payload instanceof Response ? payload.body : payload;
  if (typeof stream !== 'object' || stream === null) return undefined;
  return typeof (stream as Partial<WebStream>).getReader === 'function' ? (stream as WebStream) : undefined;
}

/**
 * Observes the reader that Fastify gets for a stream.
 *
 * @param onError called with the error that a read fails with
 */
export function observeReads(stream: WebStream, onError: (error: Error) => void): void {
  const getReader = stream.getReader;
  stream.getReader = function (...args) {
    const reader = getReader.apply(this, args);
    const read = reader.read;
    reader.read = function (...readArgs) {
      const result = read.apply(this, readArgs);
      result.catch(onError);
      return result;
    };
    return reader;
  };
}
