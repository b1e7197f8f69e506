// A tracer and its spans must not throw into the application or block it, whatever arguments they get. The SDK's classes recurse into values
// without a limit, and throw if a getter does. They are patched here, once.
import {
  type AttributeValue,
  context,
  diag,
  INVALID_SPAN_CONTEXT,
  ROOT_CONTEXT,
  type Span,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import { isTimeInput } from '@opentelemetry/core';
import { TracerProvider } from '@opentelemetry/sdk-trace';
import { boundedAttribute, boundedAttributes, boundedException, boundedLinks, boundedOptions, nameOf } from './bounded-span.ts';
import { once } from './once.ts';

const onFailure = once((error: unknown) => diag.warn('failed to record on a span', error));

/** Patches the tracer and span classes of this package's SDK. Affects all tracers and spans of that SDK. */
export const guardSpans = once(() => {
  const tracer = new TracerProvider().getTracer('guard');
  guardTracer(Object.getPrototypeOf(tracer));
  skipIdleMetrics(tracer as { _tracerMetrics?: SdkMetrics });
  guardSpan(Object.getPrototypeOf(tracer.startSpan('guard', {}, ROOT_CONTEXT)));
});

function guardTracer(prototype: Tracer): void {
  const { startSpan } = prototype;
  prototype.startSpan = function (name, options, parent = context.active()) {
    try {
      return startSpan.call(this, nameOf(name), boundedOptions(options), parent);
    } catch (error) {
      onFailure(error);
      return trace.wrapSpanContext(trace.getSpanContext(parent) ?? INVALID_SPAN_CONTEXT);
    }
  };
}

/** The members of the SDK's class for metrics about spans that are used here. */
interface SdkMetrics {
  startedSpans: unknown;
  startSpan(...args: unknown[]): (() => void) | undefined;
}

/** Without a meter provider, the SDK creates the attributes of these metrics for each span and drops them, which takes a tenth of the span's time. */
function skipIdleMetrics({ _tracerMetrics: idle }: { _tracerMetrics?: SdkMetrics }): void {
  if (typeof idle?.startSpan !== 'function' || !idle.startedSpans) return; // the SDK's internals differ
  const prototype: SdkMetrics = Object.getPrototypeOf(idle);
  const { startSpan } = prototype;
  prototype.startSpan = function (...args) {
    return this.startedSpans === idle.startedSpans ? undefined : startSpan.apply(this, args);
  };
}

function guardSpan(prototype: Span): void {
  const { setAttribute, setAttributes, addEvent, addLink, recordException, setStatus, updateName, end } = prototype;
  prototype.setAttribute = function (key, value) {
    try {
      return setAttribute.call(this, key, boundedAttribute(value) as AttributeValue);
    } catch (error) {
      onFailure(error);
      return this;
    }
  };
  prototype.setAttributes = function (attributes) {
    return recordSafely(this, () => setAttributes.call(this, boundedAttributes(attributes)));
  };
  prototype.addEvent = function (name, attributes, time) {
    return recordSafely(this, () =>
      addEvent.call(this, nameOf(name), isTimeInput(attributes) ? attributes : boundedAttributes(attributes), time),
    );
  };
  prototype.addLink = function (link) {
    return this.addLinks([link]);
  };
  prototype.addLinks = function (links) {
    return recordSafely(this, () => {
      for (const link of boundedLinks(links)) addLink.call(this, link);
    });
  };
  prototype.recordException = function (exception, time) {
    recordSafely(this, () => recordException.call(this, boundedException(exception), time));
  };
  prototype.setStatus = function (status) {
    return recordSafely(this, () => setStatus.call(this, status));
  };
  prototype.updateName = function (name) {
    return recordSafely(this, () => updateName.call(this, nameOf(name)));
  };
  prototype.end = function (time) {
    try {
      end.call(this, time);
    } catch (error) {
      onFailure(error);
    }
  };
}

function recordSafely<Result>(span: Result, call: () => unknown): Result {
  try {
    call();
  } catch (error) {
    onFailure(error);
  }
  return span;
}
