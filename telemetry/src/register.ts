// Preload this to instrument a service: node --import ./telemetry/src/register.ts main.ts
import { isMainThread } from 'node:worker_threads';
import { start } from './start.ts';

// Node.js preloads it in worker threads as well. They are the application's, or the transports' of pino, and stay as fast and as small
// as without: a worker that wants its own instrumentation calls start().
if (isMainThread) start();
