// The front page as a Fastify plugin: its files, the routes that read traces, log lines and the state of the stack for it, and the switches of the faults.
import type { FaultSettings } from '../faults/faults.ts';
import type { Service } from '../service/build.ts';
import { addFaultRoutes } from './fault-routes.ts';
import { createLinks } from './links.ts';
import { addReadBackRoutes } from './read-back-routes.ts';
import type { PageSettings } from './settings.ts';
import { addStaticFiles } from './static-files.ts';
import { createStores } from './stores/create-stores.ts';

interface PageOptions {
  settings: PageSettings & FaultSettings;
  backendUrl: string;
  /** Whether a browser reaches the backend at the same address. */
  isBackendPublic: boolean;
}

export async function page(app: Service, { settings, backendUrl, isBackendPublic }: PageOptions): Promise<void> {
  await addStaticFiles(app);
  const links = createLinks(settings, isBackendPublic ? backendUrl : undefined);
  addReadBackRoutes(app, createStores(settings), links, backendUrl);
  addFaultRoutes(app, settings);
}
