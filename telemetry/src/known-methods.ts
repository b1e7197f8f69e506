/** Any other method is recorded as `_OTHER`, because clients can invent methods: https://opentelemetry.io/docs/specs/semconv/http/http-spans/ */
export const knownMethods = new Set(['CONNECT', 'DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT', 'QUERY', 'TRACE']);
