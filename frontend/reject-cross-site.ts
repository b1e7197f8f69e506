// Any web page can make a browser send a POST to localhost. Browsers report where such a request comes from:
// https://www.w3.org/TR/fetch-metadata/#sec-fetch-site-header
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ServiceError } from '../service/errors.ts';

const forbidden = new ServiceError(403, 'cross-site requests may not write: use the front page or curl');

/** An `onRequest` hook for routes that change state. Clients other than browsers do not send the header. */
export function rejectCrossSite(request: FastifyRequest, _reply: FastifyReply, done: (error?: Error) => void): void {
  done(request.headers['sec-fetch-site'] === 'cross-site' ? forbidden : undefined);
}
