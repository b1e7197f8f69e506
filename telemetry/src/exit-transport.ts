// Destination and transport settings of a signal as plain data, for the thread that sends the remaining items at the end of the process.
import { readFileSync } from 'node:fs';
import { parseKeyPairsIntoRecord } from '@opentelemetry/core';
import { attempt } from './attempt.ts';
import { type Protocol, protocolOf } from './exporters.ts';
import { type OtlpSignal, otlpSetting, setting } from './settings.ts';

export interface ExitTransport {
  protocol: Protocol;
  /** gRPC: the origin including its port, or `unix:` and a path. HTTP: the URL including its path. */
  url: string;
  headers: Record<string, string>;
  compression: 'gzip' | 'none';
  /** PEM contents; only if `url` starts with `https:`. */
  tls: { ca?: string; cert?: string; key?: string } | undefined;
}

/** Resolves OTEL_EXPORTER_OTLP_* to the same destination as the signal's exporter does. */
export function exitTransport(signal: OtlpSignal): ExitTransport {
  const protocol = protocolOf(signal);
  const { url, authorization } = protocol === 'grpc' ? { url: grpcTarget(signal) } : httpTarget(signal);
  return {
    protocol,
    url,
    headers: { ...(authorization && { authorization }), ...readHeaders(signal) },
    compression: otlpSetting(signal, 'COMPRESSION') === 'gzip' ? 'gzip' : 'none',
    tls: url.startsWith('https:') ? readTls(signal) : undefined,
  };
}

/** Without a port, uses 443 even for `http:`, as the gRPC exporters do. */
function grpcTarget(signal: OtlpSignal): string {
  const endpoint = otlpSetting(signal, 'ENDPOINT') ?? 'http://localhost:4317';
  if (endpoint.startsWith('unix:')) return endpoint;
  const { protocol, hostname, port } = new URL(endpoint);
  return `${protocol}//${hostname}:${port || 443}`;
}

function httpTarget(signal: OtlpSignal): { url: string; authorization?: string } {
  const path = `v1/${signal.toLowerCase()}`;
  const general = setting('OTEL_EXPORTER_OTLP_ENDPOINT') ?? 'http://localhost:4318';
  const url = new URL(
    setting(`OTEL_EXPORTER_OTLP_${signal}_ENDPOINT`) ?? (general.endsWith('/') ? `${general}${path}` : `${general}/${path}`),
  );
  const { username, password } = url;
  url.username = '';
  url.password = '';
  if (username === '' && password === '') return { url: url.href };
  const user = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { url: url.href, authorization: `Basic ${Buffer.from(user).toString('base64')}` };
}

/** Converts header names to lowercase, which HTTP/2 requires. */
function readHeaders(signal: OtlpSignal): Record<string, string> {
  const headers = {
    ...parseKeyPairsIntoRecord(setting('OTEL_EXPORTER_OTLP_HEADERS')),
    ...parseKeyPairsIntoRecord(setting(`OTEL_EXPORTER_OTLP_${signal}_HEADERS`)),
  };
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

function readTls(signal: OtlpSignal): NonNullable<ExitTransport['tls']> {
  return {
    ca: read(otlpSetting(signal, 'CERTIFICATE')),
    cert: read(otlpSetting(signal, 'CLIENT_CERTIFICATE')),
    key: read(otlpSetting(signal, 'CLIENT_KEY')),
  };
}

/** If it was readable at startup but no longer is, the exporters also continue without it. */
function read(path: string | undefined): string | undefined {
  return path === undefined ? undefined : attempt(() => readFileSync(path, 'utf8'));
}
