// Loaded into the measured process before all else (node --import): says what it has used, when asked.
const { channel } = process;
process.on('message', () => {
  const { user, system } = process.cpuUsage();
  process.send?.({ cpuUs: user + system, peakBytes: process.resourceUsage().maxRSS * 1024 });
});
channel?.unref(); // the process shall end as it would without

export interface Usage {
  /** User and system time of all threads since the start, in microseconds. */
  cpuUs: number;
  peakBytes: number;
}
