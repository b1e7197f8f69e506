const intervalMs = 250;

/**
 * Ends this process when npm or npx ends. They run it in a shell and, on a signal, terminate only that shell, so this process gets no signal.
 * With any other parent it continues to run, for example after `nohup` when the shell is closed.
 */
export function endWithNpm(): void {
  if (!process.env.npm_execpath) return;
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    process.kill(process.pid, 'SIGTERM');
  }, intervalMs).unref();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => clearInterval(timer)); // the service gets the same signal
}
