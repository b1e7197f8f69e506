// One CLIENT span for each request of node:http and node:https, based on the diagnostics channels of Node.js.
// Replaces instrumentation-http, which patches the module's functions and adds listeners to each request: it misses named imports,
// breaks headers passed as an array, and exposes its listeners to the application.
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { Agent, type ClientRequest } from 'node:http';
import { context, diag, SpanKind, trace } from '@opentelemetry/api';
import { isTracingSuppressed } from '@opentelemetry/core';
import { InstrumentationBase } from '@opentelemetry/instrumentation';
import { startSpan } from './adopted-attributes.ts';
import { copySignature } from './hide.ts';
import { clientAttributes, nameOf, type Target } from './http-client-attributes.ts';
import { watchRequest } from './http-client-events.ts';
import { replaceTraceHeaders } from './http-client-headers.ts';
import { clientRequestDuration } from './metrics-duration.ts';
import { traceHeadersOf } from './outgoing-headers.ts';
import { packageVersion } from './package-version.ts';

type AddRequest = (this: Agent, request: ClientRequest, options: unknown, ...legacy: unknown[]) => void;

/** Node.js publishes each request on creation, before it is sent. https://nodejs.org/api/diagnostics_channel.html#http */
const channel = 'http.client.request.created';

/** The options passed to the agent for each request: the request itself does not store its port. */
const targets = new WeakMap<ClientRequest, Target>();

export class HttpClientInstrumentation extends InstrumentationBase {
  // Not an initialized field: the base class calls enable() before fields are initialized, which would then reset the value.
  declare private onCreated: ((message: unknown) => void) | undefined;

  constructor() {
    super('telemetry/http', packageVersion, {});
  }

  protected init(): void {}

  protected override _updateMetricInstruments(): void {
    clientRequestDuration.setMeter(this.meter);
  }

  override enable(): void {
    super.enable();
    if (this.onCreated) return;
    this.onCreated = (message) => this.#trace((message as { request: ClientRequest }).request);
    subscribe(channel, this.onCreated);
    this._wrap(Agent.prototype as unknown as { addRequest: AddRequest }, 'addRequest', rememberTarget);
  }

  override disable(): void {
    super.disable();
    if (!this.onCreated) return;
    unsubscribe(channel, this.onCreated);
    this.onCreated = undefined;
    this._unwrap(Agent.prototype as unknown as { addRequest: AddRequest }, 'addRequest');
  }

  #trace(request: ClientRequest): void {
    try {
      const parent = context.active();
      if (isTracingSuppressed(parent)) return;
      const attributes = clientAttributes(request, targets.get(request));
      const span = startSpan(this.tracer, nameOf(request), SpanKind.CLIENT, attributes, parent);
      const active = trace.setSpan(parent, span);
      const measurement = clientRequestDuration.start(attributes, active);
      replaceTraceHeaders(request, traceHeadersOf(active));
      watchRequest(request, span, measurement);
    } catch (error) {
      diag.error('cannot trace an outgoing HTTP request', error); // Node.js turns an error thrown by a subscriber into an uncaught exception
    }
  }
}

function rememberTarget(original: AddRequest): AddRequest {
  return copySignature(original, function (request, options, ...legacy) {
    if (typeof options === 'object' && options !== null) targets.set(request, options);
    return original.call(this, request, options, ...legacy);
  } satisfies AddRequest);
}
