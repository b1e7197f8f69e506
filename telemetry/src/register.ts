// Preload this to instrument a service: node --import ./telemetry/src/register.ts main.ts
import { isMainThread } from 'node:worker_threads';

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
const isSupported = major > 22 || (major === 22 && minor >= 15);

// Node.js preloads it in worker threads as well. They are the application's, or the transports' of pino, and start as fast and as small
// as without it: a worker that wants its own instrumentation calls start().
if (isMainThread && isSupported) {
  const { start } = await import('./start.ts');
  await start();
} else if (isMainThread) {
  console.error(
    `telemetry: Node.js ${process.versions.node} is too old, the service runs without telemetry: 22.15 or newer is needed`,
  );
}
