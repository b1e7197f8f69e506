// The OTLP endpoint: in the form that the exporters need, and without secrets for messages.
import { isIP } from 'node:net';

interface Options {
  isGrpc: boolean;
  /** Whether this is the endpoint for all signals. Over HTTP, the path of each signal is appended to it. */
  isGeneral: boolean;
  /** Whether to use TLS if the address has no scheme; undefined to derive it from the host. */
  isSecure: boolean | undefined;
}

/**
 * @param given an address such as `http://localhost:4317`; a missing scheme (`localhost:4317`) is added, because many tools accept this form
 * @returns an address that the exporters can use; undefined if it is invalid
 */
export function normalizeEndpoint(given: string, { isGrpc, isGeneral, isSecure }: Options): string | undefined {
  if (isGrpc && /^unix:\/\/\S+$/.test(given)) return given;
  const address = hasScheme(given) ? given.replace(/^[^:]*/, (scheme) => scheme.toLowerCase()) : complete(given, isSecure);
  if (address === undefined || !/^https?:\/\/\S+$/.test(address) || !URL.canParse(address)) return undefined;
  const { origin, search, hash } = new URL(address);
  if (isGrpc) return isOrigin(address) ? address : origin; // gRPC endpoints have neither credentials nor a path
  if (isGeneral && (search !== '' || hash !== '')) return undefined;
  return address;
}

/** Hides credentials and query of an address. */
export function withoutSecrets(address: string): string {
  return address.replace(/^([a-z][a-z\d+.-]*:\/\/)?.*@/i, '$1…@').replace(/\?.*$/s, '?…');
}

function hasScheme(address: string): boolean {
  return /^[a-z][a-z\d+.-]*:\/\//i.test(address);
}

function isOrigin(address: string): boolean {
  return /^https?:\/\/[^/?#@]+\/?$/.test(address);
}

/** Adds a scheme to an address that consists of host and port. Outside of a private network the default is TLS. */
function complete(address: string, isSecure: boolean | undefined): string | undefined {
  if (!/^(\/\/)?[^/\s]+:\d{1,5}(\/\S*)?$/.test(address)) return undefined;
  const http = `http://${address.replace(/^\/\//, '')}`;
  if (!URL.canParse(http)) return undefined;
  return (isSecure ?? !isPrivate(new URL(http).hostname)) ? http.replace('http:', 'https:') : http;
}

function isPrivate(host: string): boolean {
  return !host.includes('.') || isIP(host) !== 0 || /\.(local|localhost|internal|svc)$/i.test(host);
}
