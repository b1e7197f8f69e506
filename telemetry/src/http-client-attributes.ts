// Name and initial attributes of the span of an outgoing HTTP request.
// https://opentelemetry.io/docs/specs/semconv/http/http-spans/#http-client-span
import type { ClientRequest } from 'node:http';
import type { Attributes } from '@opentelemetry/api';
import {
  ATTR_HTTP_REQUEST_METHOD,
  ATTR_HTTP_REQUEST_METHOD_ORIGINAL,
  ATTR_SERVER_ADDRESS,
  ATTR_SERVER_PORT,
  ATTR_URL_FULL,
} from '@opentelemetry/semantic-conventions';
import { knownMethods } from './known-methods.ts';
import { addressOnly } from './privacy.ts';

/** The part of the options passed to `agent.addRequest()` that identifies the server. */
export interface Target {
  host?: unknown;
  port?: unknown;
}

export function nameOf({ method }: ClientRequest): string {
  return knownMethods.has(method) ? method : 'HTTP';
}

/** @param target the server that the request is sent to; if undefined, the port is read from the Host header */
export function clientAttributes(request: ClientRequest, target: Target | undefined): Attributes {
  const { method, path, protocol } = request;
  const host = typeof target?.host === 'string' ? target.host : request.host;
  const defaultPort = protocol === 'https:' ? 443 : 80;
  const port = Number(target?.port ?? portOfHost(request)) || defaultPort;
  const authority = `${host.includes(':') && !host.startsWith('[') ? `[${host}]` : host}${port === defaultPort ? '' : `:${port}`}`;
  const isKnown = knownMethods.has(method);
  return {
    [ATTR_HTTP_REQUEST_METHOD]: isKnown ? method : '_OTHER',
    ...(!isKnown && { [ATTR_HTTP_REQUEST_METHOD_ORIGINAL]: method }),
    [ATTR_SERVER_ADDRESS]: host.replace(/^\[|\]$/g, ''),
    [ATTR_SERVER_PORT]: port,
    [ATTR_URL_FULL]: addressOnly(
      /^https?:\/\//i.test(path) ? path : `${protocol}//${authority}${path.startsWith('/') ? path : ''}`,
    ),
  };
}

function portOfHost(request: ClientRequest): string | undefined {
  const header = request.getHeader('host');
  const url = `${request.protocol}//${header}`;
  return typeof header === 'string' && URL.canParse(url) ? new URL(url).port : undefined;
}
