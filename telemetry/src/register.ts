// Preload this to instrument a service: node --import ./telemetry/src/register.ts main.ts
import { isMainThread } from 'node:worker_threads';

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
const isSupported = major > 22 || (major === 22 && minor >= 15);

// Node.js also preloads this module in worker threads, such as those of the application or of pino transports. It does nothing there, so
// they start as fast and use as little memory as without it. A worker that needs instrumentation calls start().
if (isMainThread && isSupported) {
  const { start } = await import('./start.ts');
  await start();
} else if (isMainThread) {
  console.error(
    `telemetry: Node.js ${process.versions.node} is too old, the service runs without telemetry: 22.15 or newer is needed`,
  );
}
