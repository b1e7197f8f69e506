// `fastify-otlp dev` preloads this module into the service and into every program that starts it, such as npm.
import { isMainThread } from 'node:worker_threads';
import { isLauncher } from './launchers.ts';
import { announceWantedPort } from './page-port.ts';

if (isMainThread && !isLauncher(process.argv[1])) {
  const { searchParams } = new URL(import.meta.url);
  if (searchParams.has('release')) announceWantedPort(Number(searchParams.get('pages')), Number(searchParams.get('release')));
  await import('../register.ts');
}
