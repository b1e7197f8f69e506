// Loaded into every process of an instrumented run: starts the instrumentation, and with SPAN=1 puts everything into a span.
import { isMainThread } from 'node:worker_threads';

await import(process.env.REGISTER ?? '../src/register.ts');
if (process.env.SPAN && isMainThread) await import('./span-around.ts');
