// The OpenAPI description at /docs/json, and a page to try it at /docs.
import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance } from 'fastify';
import { untraced } from './untraced.ts';

const routePrefix = '/docs';

export async function addOpenApi(app: FastifyInstance, title: string, description: string): Promise<void> {
  await app.register(swagger, { openapi: { info: { title, description, version: '1.0.0' } } });
  app.addHook('onRoute', (route) => {
    if (route.url.startsWith(routePrefix)) route.config = { ...route.config, ...untraced };
  });
  await app.register(swaggerUi, { routePrefix });
}
