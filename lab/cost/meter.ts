// Preloaded into the measured process (node --import): reports its resource usage on request.
import { keepTicksFast } from '../../telemetry/src/fast-ticks.ts';

export interface Usage {
  /** User and system time of all threads since the start, in microseconds. */
  cpuUs: number;
  peakBytes: number;
}

keepTicksFast(); // otherwise it depends on the moments of garbage collections, in any setup, whether a process is slow for its lifetime

const { channel } = process;

process.on('message', () => {
  const { user, system } = process.cpuUsage();
  process.send?.({ cpuUs: user + system, peakBytes: process.resourceUsage().maxRSS * 1024 } satisfies Usage);
});
channel?.unref(); // must not keep the process alive
