// What the stores lack of an incomplete write, to find the hop that lost it.
import { chain } from '../../../page/complete-trace.ts';
import type { Write } from '../../chaos/load.ts';
import { stores } from './cluster.ts';

/** @returns a sentence for each write: when it was answered, its trace, and which spans and log lines are missing */
export async function whatIsMissing(incomplete: Write[]): Promise<string[]> {
  const ids = incomplete.map(({ traceId }) => traceId);
  const spans = await stores.spansOf(ids);
  const logs = await stores.logsOf(ids);
  return incomplete.map(({ traceId, answeredAt }) => {
    const stored = spans.get(traceId) ?? [];
    const missing = [
      ...chain
        .filter((step) => !stored.some(({ service, kind }) => service === step.service && kind === step.kind))
        .map(({ service, kind }) => `the ${kind} span of the ${service}`),
      ...['frontend', 'backend']
        .filter((service) => !logs.get(traceId)?.has(service))
        .map((service) => `the log line of the ${service}`),
    ];
    return `${new Date(answeredAt).toISOString()} trace ${traceId} lacks ${missing.join(', ') || `the parent of one of its ${stored.length} spans`}`;
  });
}
