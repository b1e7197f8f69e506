const intervalMs = 250;

/**
 * npm and npx run this command in a shell, and end that shell alone when they get a signal: as if nobody had asked this process to end.
 * Other parents, such as a shell that is closed after `nohup`, may leave it running.
 */
export function endWithNpm(): void {
  if (!process.env.npm_execpath) return;
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    process.kill(process.pid, 'SIGTERM');
  }, intervalMs).unref();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => clearInterval(timer)); // the service got it as well
}
