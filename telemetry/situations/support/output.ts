// The output of an application, without what varies between runs.
import type { Ended } from './application.ts';

interface Output {
  end: Ended['end'];
  /** Lines of pino, which writes asynchronously: their position among other lines varies. */
  logged: string[];
  printed: string[];
  stderr: string[];
}

const volatile: [RegExp, string][] = [
  [/"(?:trace_id|span_id|trace_flags)":"[0-9a-f]+",?/g, ''], // the only intended difference
  [/,\}/g, '}'],
  [/ \[as [^\]]+\]/g, ''], // a wrapped method has another name in a stack trace
  [/"pid":\d+/g, '"pid":1'],
  [/\((node|bun):\d+\)/g, '($1:1)'],
  [/"hostname":"[^"]*"/g, '"hostname":"h"'],
  [/"time":\d+/g, '"time":1'],
  [/\bduration_ms:? [\d.]+/g, 'duration_ms 1'],
  [/"responseTime":[\d.]+/g, '"responseTime":1'],
  [/"remotePort":\d+/g, '"remotePort":1'],
  [/\b(127\.0\.0\.1|localhost|\[::1\]):\d+/g, '$1:1'],
  [/\bsituation_\d+\b/g, 'database'],
  [/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g, '<time>'],
  [/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, '<uuid>'],
];

/** A stack frame of the instrumentation, or of Node.js internals, which vary with timing. */
const foreignFrame =
  /(?:\n|\\n)\s+at [^\n\\"]*(?:telemetry\/src\/|@opentelemetry\/|import-in-the-middle|require-in-the-middle|node:internal|node:async_hooks|node:diagnostics_channel|Reflect\.apply)[^\n\\"]*?(?= \{|\n|\\|"|$)/g;

export function outputOf({ stdout, stderr, end }: Ended): Output {
  const isLogged = (line: string) => line.startsWith('{"level":');
  const all = lines(stdout);
  return { end, logged: all.filter(isLogged), printed: all.filter((line) => !isLogged(line)), stderr: lines(stderr) };
}

function lines(text: string): string[] {
  return normalize(text).split('\n').filter(Boolean);
}

export function normalize(text: string): string {
  let clean = text.replaceAll(foreignFrame, '');
  for (const [pattern, replacement] of volatile) clean = clean.replaceAll(pattern, replacement);
  return clean;
}
