// Where OTLP is sent to: the address as the exporters need it, and as a message may show it.
import { isIP } from 'node:net';

interface Options {
  isGrpc: boolean;
  /** For all signals: over HTTP, each has a path of its own below it. */
  isGeneral: boolean;
  /** Whether TLS is asked for or ruled out, for an address without a scheme. */
  isSecure: boolean | undefined;
}

/**
 * @param given an address such as `http://localhost:4317`; `localhost:4317`, which many tools accept, is completed
 * @returns what the exporters can use, or undefined
 */
export function normalizeEndpoint(given: string, { isGrpc, isGeneral, isSecure }: Options): string | undefined {
  if (isGrpc && /^unix:\/\/\S+$/.test(given)) return given;
  const address = hasScheme(given) ? given.replace(/^[^:]*/, (scheme) => scheme.toLowerCase()) : complete(given, isSecure);
  if (address === undefined || !/^https?:\/\/\S+$/.test(address) || !URL.canParse(address)) return undefined;
  const { origin, search, hash } = new URL(address);
  if (isGrpc) return isOrigin(address) ? address : origin; // there is neither a user nor a path in gRPC
  if (isGeneral && (search !== '' || hash !== '')) return undefined;
  return address;
}

/** An address without its user, password and query. */
export function withoutSecrets(address: string): string {
  return address.replace(/^([a-z][a-z\d+.-]*:\/\/)?.*@/i, '$1…@').replace(/\?.*$/s, '?…');
}

function hasScheme(address: string): boolean {
  return /^[a-z][a-z\d+.-]*:\/\//i.test(address);
}

function isOrigin(address: string): boolean {
  return /^https?:\/\/[^/?#@]+\/?$/.test(address);
}

/** Host and port alone. What is not in a private network is not sent to in plain text, unless asked to. */
function complete(address: string, isSecure: boolean | undefined): string | undefined {
  if (!/^(\/\/)?[^/\s]+:\d{1,5}(\/\S*)?$/.test(address)) return undefined;
  const http = `http://${address.replace(/^\/\//, '')}`;
  if (!URL.canParse(http)) return undefined;
  return (isSecure ?? !isPrivate(new URL(http).hostname)) ? http.replace('http:', 'https:') : http;
}

function isPrivate(host: string): boolean {
  return !host.includes('.') || isIP(host) !== 0 || /\.(local|localhost|internal|svc)$/i.test(host);
}
