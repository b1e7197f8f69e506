// Copies the values that an application passes to a tracer or a span, so that the SDK accepts them without throwing.
import { types } from 'node:util';
import type { Attributes, AttributeValue, Exception, Link, SpanOptions } from '@opentelemetry/api';
import { attempt } from './attempt.ts';
import { read, textOf } from './bounded-log-record.ts';
import { BoundedCopy, limits } from './bounded-value.ts';

/** The SDK rejects bigints on spans. */
const forSpans = { keepsBigints: false };
/** Default attribute limit of the SDK. */
const usualCount = 128;

export function boundedOptions(options: SpanOptions | undefined): SpanOptions | undefined {
  if (!options) return undefined;
  const attributes = boundedAttributes(options.attributes);
  if (attributes === options.attributes && !options.links) return options;
  return { ...options, attributes, links: boundedLinks(options.links) };
}

/** @returns the attributes themselves if all values are short primitives, which is the common case */
export function boundedAttributes<Given extends Attributes | undefined>(attributes: Given): Given {
  if (attributes === undefined || attributes === null || hasUsual(attributes)) return attributes;
  return new BoundedCopy(forSpans).attributes(attributes).attributes as Given;
}

function hasUsual(attributes: Attributes): boolean {
  if (types.isProxy(attributes) || ArrayBuffer.isView(attributes)) return false; // may have any number of keys
  if (Object.keys(attributes).length > usualCount) return false;
  return attempt(() => Object.values(attributes).every(isUsual)) ?? false; // a getter may throw: the copy marks its value
}

export function boundedAttribute(value: unknown): AttributeValue | undefined {
  return (isUsual(value) ? value : new BoundedCopy(forSpans).value(value)) as AttributeValue | undefined;
}

function isUsual(value: unknown): boolean {
  return typeof value === 'string' ? value.length <= limits.size : typeof value === 'number' || typeof value === 'boolean';
}

/** Omits links without a trace id and a span id, which cannot be exported. */
export function boundedLinks(links: unknown): Link[] {
  const bounds: Link[] = [];
  if (!Array.isArray(links)) return bounds;
  for (let index = 0; index < links.length && index < limits.values; index += 1) {
    const context = read(links[index], 'context') as Link['context'] | undefined;
    const isContext = typeof read(context, 'traceId') === 'string' && typeof read(context, 'spanId') === 'string';
    if (isContext) bounds.push({ context: context as Link['context'], attributes: boundedAttributes(links[index].attributes) });
  }
  return bounds;
}

/** @param name a string for TypeScript callers; JavaScript callers may pass anything */
export function nameOf(name: unknown): string {
  if (typeof name === 'string' && name.length <= limits.size) return name;
  const value = new BoundedCopy(forSpans).value(name);
  return typeof value === 'object' ? '[object]' : String(value);
}

/** Copies the properties that the SDK reads. */
export function boundedException(exception: Exception): Exception {
  if (typeof exception !== 'object' || exception === null) return textOf(exception, new BoundedCopy(forSpans)) as Exception;
  const copy = new BoundedCopy(forSpans);
  const text = (key: string) => textOf(read(exception, key), copy);
  return { code: text('code'), name: text('name'), message: text('message'), stack: text('stack') } as Exception;
}
