// Any page on the web can make a browser send a POST to localhost. Browsers say where such a request comes from:
// https://www.w3.org/TR/fetch-metadata/#sec-fetch-site-header
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ServiceError } from '../service/errors.ts';

const refusal = new ServiceError(403, 'a page of another web site may not write: use the front page, or curl');

/** An `onRequest` hook for routes that change something. Whatever is no browser does not send the header. */
export function rejectCrossSite(request: FastifyRequest, _reply: FastifyReply, done: (error?: Error) => void): void {
  done(request.headers['sec-fetch-site'] === 'cross-site' ? refusal : undefined);
}
