// Follows an outgoing HTTP request to its end by wrapping `emit` of the request and its response, so that no listeners are added.
import type { EventEmitter } from 'node:events';
import type { ClientRequest, IncomingMessage } from 'node:http';
import { diag, type Span, SpanStatusCode } from '@opentelemetry/api';
import {
  ATTR_ERROR_TYPE,
  ATTR_HTTP_RESPONSE_STATUS_CODE,
  ATTR_NETWORK_PEER_ADDRESS,
  ATTR_NETWORK_PEER_PORT,
  ATTR_NETWORK_PROTOCOL_VERSION,
} from '@opentelemetry/semantic-conventions';
import { hide } from './hide.ts';
import type { Measurement } from './metrics-duration.ts';

/**
 * Ends the span when the response ends, or when the request fails or its connection closes.
 *
 * @param measurement duration metric of the request; undefined when metrics are off
 */
export function watchRequest(request: ClientRequest, span: Span, measurement: Measurement | undefined): void {
  let isComplete = () => false;
  const onEnd = () => end(span, measurement, isComplete() ? undefined : 'aborted');

  const onResponse = (response: IncomingMessage) => {
    describeResponse(span, response, measurement);
    isComplete = () => response.complete;
    watchEvents(response, (event) => {
      if (event === 'end') onEnd();
    });
  };
  const onUpgrade = (response: IncomingMessage) => {
    describeResponse(span, response, measurement);
    isComplete = () => true;
  };

  watchEvents(request, (event, argument) => {
    if (event === 'response') onResponse(argument as IncomingMessage);
    else if (event === 'upgrade' || event === 'connect') onUpgrade(argument as IncomingMessage);
    else if (event === 'error') end(span, measurement, typeOf(argument), argument);
    else if (event === 'close') onEnd();
  });
}

function watchEvents(emitter: EventEmitter, onEvent: (event: string | symbol, argument: unknown) => void): void {
  const { emit: original } = emitter;
  hide(emitter, 'emit', function emit(this: EventEmitter, event: string | symbol, ...args: unknown[]): boolean {
    try {
      onEvent(event, args[0]);
    } catch (error) {
      diag.error('cannot trace an outgoing HTTP request', error);
    }
    return Reflect.apply(original, this, [event, ...args]);
  });
}

function describeResponse(
  span: Span,
  { statusCode = 0, httpVersion, socket }: IncomingMessage,
  measurement: Measurement | undefined,
): void {
  const hasFailed = statusCode >= 400;
  const attributes = {
    [ATTR_HTTP_RESPONSE_STATUS_CODE]: statusCode,
    [ATTR_NETWORK_PROTOCOL_VERSION]: httpVersion,
    ...(hasFailed && { [ATTR_ERROR_TYPE]: String(statusCode) }),
  };
  measurement?.add(attributes);
  if (!span.isRecording()) return;
  span.setAttributes(attributes);
  if (socket?.remoteAddress) span.setAttribute(ATTR_NETWORK_PEER_ADDRESS, socket.remoteAddress);
  if (socket?.remotePort) span.setAttribute(ATTR_NETWORK_PEER_PORT, socket.remotePort);
  if (hasFailed) span.setStatus({ code: SpanStatusCode.ERROR });
}

/** @param errorType undefined if the response is complete */
function end(span: Span, measurement: Measurement | undefined, errorType: string | undefined, error?: unknown): void {
  const attributes = errorType === undefined ? {} : { [ATTR_ERROR_TYPE]: errorType };
  measurement?.end(attributes);
  if (!span.isRecording()) return;
  if (errorType !== undefined) span.setAttributes(attributes).setStatus({ code: SpanStatusCode.ERROR });
  if (error instanceof Error) span.recordException(error);
  span.end();
}

function typeOf(error: unknown): string {
  const { code, name } = (error ?? {}) as { code?: unknown; name?: unknown };
  return String(code ?? name ?? '_OTHER');
}
