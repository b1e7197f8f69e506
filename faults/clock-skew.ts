// Two machines whose clocks differ. Of this process's clock, spans and log records take the time of day.
const now = Date.now;

/** @param skewMs how far the clock is ahead; 0 sets it right */
export function setClockSkew(skewMs: number): void {
  Date.now = skewMs === 0 ? now : () => now() + skewMs;
}
