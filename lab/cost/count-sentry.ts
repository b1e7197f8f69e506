/**
 * An envelope is a line of JSON, followed by a header line and a content line for each item.
 * https://develop.sentry.dev/sdk/foundations/envelopes/
 */
export function countSentryItems(envelope: Buffer): { spans: number; logs: number } {
  const lines = envelope.toString().split('\n');
  const items = { spans: 0, logs: 0 };
  for (let at = 1; at + 1 < lines.length; at += 2) {
    const { type, item_count: count = 1 } = JSON.parse(lines[at] || '{}') as { type?: string; item_count?: number };
    if (type === 'transaction') items.spans += 1 + (JSON.parse(lines[at + 1] as string).spans?.length ?? 0);
    if (type === 'span') items.spans += count;
    if (type === 'log') items.logs += count;
  }
  return items;
}
