/** Those of the resource, which are the same for all that a service emits, and stack traces: the trace link leads to them. */
const omitted = /^(service|telemetry|host|os|process|deployment)[._]|stacktrace$/;

/** @returns what tells one span or log line from another */
export function ownAttributes(attributes: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(attributes).filter(([name]) => !omitted.test(name)));
}
