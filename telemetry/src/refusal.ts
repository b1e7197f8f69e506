// Why a receiver did not accept a batch, and what follows.

/** As the exporters report it: the code is gRPC's or HTTP's, or a text of Node.js. */
export type ExportError = Error & { code?: unknown; retryInMillis?: number };

/** gRPC's CANCELLED, DEADLINE_EXCEEDED, RESOURCE_EXHAUSTED, ABORTED, OUT_OF_RANGE, UNAVAILABLE, DATA_LOSS, and HTTP's own: https://opentelemetry.io/docs/specs/otlp/ */
const retryable = new Set<unknown>([1, 4, 8, 10, 11, 14, 15, 429, 502, 503, 504]);

/**
 * One item may be the reason: gRPC's UNKNOWN, INVALID_ARGUMENT, FAILED_PRECONDITION and INTERNAL, of which servers choose one when they cannot
 * decode a request; and HTTP's. Not so for a missing token or a wrong path, which the next batch meets as well.
 */
const aboutContent = new Set<unknown>([2, 3, 9, 13, 400, 413, 422, 500]);

/** A gRPC server refuses a request that is too large with the code that else means "busy". */
const tooLarge = /larger than max|too large/i;

/** Nobody listens there, as Node.js and grpc-js put it. */
const notConnected = /ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|No connection established|Name resolution failed/;

const longestReason = 300;

/** The receiver may accept the same batch later. */
export function isRetryable(error: ExportError | undefined): boolean {
  return !isTooLarge(error) && (typeof error?.code !== 'number' || retryable.has(error.code));
}

/** The receiver may accept a part of the batch. */
export function isAboutContent(error: ExportError | undefined): boolean {
  return isTooLarge(error) || aboutContent.has(error?.code);
}

/** A retry within the next seconds is unlikely to succeed. */
export function isConnectionRefused(error: ExportError | undefined): boolean {
  return notConnected.test(`${error?.code} ${error?.message}`);
}

/** The part of the message that a person can use, on one line. */
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
