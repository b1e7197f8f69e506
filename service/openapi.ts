// The OpenAPI description at /docs/json, and a page to try it at /docs.
import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance } from 'fastify';
import type { TObject } from 'typebox';
import { untraced } from './untraced.ts';

const routePrefix = '/docs';

export async function addOpenApi(app: FastifyInstance, title: string, description: string): Promise<void> {
  await app.register(swagger, {
    openapi: { info: { title, description, version: '1.0.0' } },
    transform: ({ schema, url }) => ({
      schema: schema?.querystring ? { ...schema, querystring: withDefaultsOptional(schema.querystring as TObject) } : schema,
      url,
    }),
  });
  app.addHook('onRoute', (route) => {
    if (route.url.startsWith(routePrefix)) route.config = { ...route.config, ...untraced };
  });
  await app.register(swaggerUi, { routePrefix });
}

/** For handlers, a parameter with a default is always present; clients may omit it. */
function withDefaultsOptional(querystring: TObject): object {
  return {
    ...querystring,
    required: querystring.required?.filter((name) => !('default' in (querystring.properties[name] ?? {}))),
  };
}
