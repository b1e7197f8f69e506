// Classifies the errors with which a receiver rejects a batch.

/** An error of an exporter. Its code is a gRPC or HTTP status, or an error code of Node.js such as `ECONNREFUSED`. */
export type ExportError = Error & { code?: unknown; retryInMillis?: number };

/** gRPC's CANCELLED, DEADLINE_EXCEEDED, RESOURCE_EXHAUSTED, ABORTED, OUT_OF_RANGE, UNAVAILABLE, DATA_LOSS, and the HTTP equivalents: https://opentelemetry.io/docs/specs/otlp/ */
const retryable = new Set<unknown>([1, 4, 8, 10, 11, 14, 15, 429, 502, 503, 504]);

/**
 * Statuses that a single item may cause: gRPC's UNKNOWN, INVALID_ARGUMENT, FAILED_PRECONDITION and INTERNAL, one of which servers return for
 * a request that they cannot decode, and the HTTP equivalents. A missing token or a wrong path is not included: it affects every batch.
 */
const aboutContent = new Set<unknown>([2, 3, 9, 13, 400, 413, 422, 500]);

/** Matched by message, because gRPC servers reject an oversized request with RESOURCE_EXHAUSTED, which otherwise means "overloaded". */
const tooLarge = /larger than max|too large/i;

/** Messages of Node.js and grpc-js for an unreachable address. */
const notConnected = /ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|No connection established|Name resolution failed/;

/** gRPC's RESOURCE_EXHAUSTED and UNAVAILABLE, and the HTTP equivalents. */
const unavailable = new Set<unknown>([8, 14, 429, 502, 503, 504]);

const longestReason = 300;

/** Whether the receiver may accept the same batch later. */
export function isRetryable(error: ExportError | undefined): boolean {
  return !isTooLarge(error) && (typeof error?.code !== 'number' || retryable.has(error.code));
}

/** Whether the receiver may accept a part of the batch. */
export function isAboutContent(error: ExportError | undefined): boolean {
  return isTooLarge(error) || aboutContent.has(error?.code);
}

/** Whether no connection was established, so that a retry within the next seconds is unlikely to succeed. */
export function isConnectionRefused(error: ExportError | undefined): boolean {
  return notConnected.test(`${error?.code} ${error?.message}`);
}

/** Whether the receiver, or a proxy before it, responded that it is unavailable for now. */
export function isUnavailable(error: ExportError | undefined): boolean {
  return unavailable.has(error?.code) && !isConnectionRefused(error) && !isTooLarge(error);
}

/** Returns the relevant part of the message on one line. */
export function reasonOf(error: ExportError | undefined): string {
  const message = (error?.message || String(error?.code ?? 'unknown error')).slice(0, 10_000);
  return message
    .replace(/^.*Last error: (Error: )?|\.? Resolution note:.*$/g, '')
    .replace(/\s+/g, ' ')
    .slice(0, longestReason);
}

function isTooLarge(error: ExportError | undefined): boolean {
  return tooLarge.test(error?.message ?? '');
}
