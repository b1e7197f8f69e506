// What a query does to which table, where its first words say it.

const summaries = [
  /^(INSERT)\s+INTO\s+([\w."]+)/i,
  /^(UPDATE)\s+(?:ONLY\s+)?([\w."]+)/i,
  /^(DELETE)\s+FROM\s+(?:ONLY\s+)?([\w."]+)/i,
  /^(SELECT)\s[^()]*?\sFROM\s+([\w."]+)/is,
  /^(\w+)/,
];

/** A service has few different texts; one that puts values into them has many, and these are not kept. */
const known = new Map<string, string>();
const knownAtMost = 1_000;

/**
 * Names a query by what it does to which table, as `INSERT numbers`, or by its verb alone.
 * https://opentelemetry.io/docs/specs/semconv/database/database-spans/#name
 */
export function summarize(query: string): string {
  const summary = known.get(query) ?? read(query);
  if (known.size < knownAtMost) known.set(query, summary);
  return summary;
}

function read(query: string): string {
  const words = query.replace(/\/\*[\s\S]*?\*\/|--.*$/gm, '').trim();
  for (const summary of summaries) {
    const [, verb, table] = summary.exec(words) ?? [];
    if (verb) return [verb.toUpperCase(), table].filter(Boolean).join(' ');
  }
  return 'query';
}
