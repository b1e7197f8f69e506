// What a proxy before the service may do to the headers of a trace.
import type { IncomingMessage } from 'node:http';
import type { FastifyInstance } from 'fastify';

/** Lets a function change each request before anything else sees it. */
export function changeRequests(app: FastifyInstance, change: (request: IncomingMessage) => void): void {
  app.server.prependListener('request', change);
}

export function removeTraceparent({ headers }: IncomingMessage): void {
  delete headers.traceparent;
}

/** As Node.js joins a header that is there twice. */
export function duplicateTraceparent({ headers }: IncomingMessage): void {
  if (headers.traceparent) headers.traceparent = `${headers.traceparent}, ${headers.traceparent}`;
}
