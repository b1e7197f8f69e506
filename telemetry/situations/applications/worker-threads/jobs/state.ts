// What a worker thread sees of OpenTelemetry: nothing, unless the application starts it there.
import { getHeapStatistics } from 'node:v8';
import { parentPort } from 'node:worker_threads';

const api = (globalThis as Record<symbol, object | undefined>)[Symbol.for('opentelemetry.js.api.1')];
// a worker that loads nothing uses about 5 MiB, one with an SDK about three times as much
const isSmall = getHeapStatistics().used_heap_size < 16 * 2 ** 20;
parentPort?.postMessage({ api: Object.keys(api ?? {}).sort(), signals: process.listenerCount('SIGTERM'), isSmall });
