// Preload this to instrument a service: node --import ./telemetry/src/register.ts main.ts
import { isMainThread } from 'node:worker_threads';

// Node.js preloads it in worker threads as well. They are the application's, or the transports' of pino, and start as fast and as small
// as without it: a worker that wants its own instrumentation calls start().
if (isMainThread) {
  const { start } = await import('./start.ts');
  start();
}
