// The API as an OpenAPI description at /docs/json, and as a page to try it at /docs.
import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance } from 'fastify';
import type { TObject } from 'typebox';

export async function addOpenApi(app: FastifyInstance, title: string, description: string): Promise<void> {
  await app.register(swagger, {
    openapi: { info: { title, description, version: '1.0.0' } },
    transform: ({ schema, url }) => ({
      schema: schema?.querystring ? { ...schema, querystring: withDefaultsOptional(schema.querystring as TObject) } : schema,
      url,
    }),
  });
  await app.register(swaggerUi, { routePrefix: '/docs' });
}

/** To the code a parameter with a default is always there; a client may leave it out. */
function withDefaultsOptional(querystring: TObject): object {
  return {
    ...querystring,
    required: querystring.required?.filter((name) => !('default' in (querystring.properties[name] ?? {}))),
  };
}
