// Loaded into the measured process before everything else (node --import): reports what it has used, when asked.

export interface Usage {
  /** User and system time of all threads since the start, in microseconds. */
  cpuUs: number;
  peakBytes: number;
}

const { channel } = process;

process.on('message', () => {
  const { user, system } = process.cpuUsage();
  process.send?.({ cpuUs: user + system, peakBytes: process.resourceUsage().maxRSS * 1024 } satisfies Usage);
});
channel?.unref(); // the process must exit as it would without
