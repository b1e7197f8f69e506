// Fastify announces each instance on a diagnostics channel: no plugin to register, no line in the service.
import { subscribe } from 'node:diagnostics_channel';
import { context, trace } from '@opentelemetry/api';
import { getRPCMetadata, RPCType } from '@opentelemetry/core';
import type { FastifyInstance } from 'fastify';

interface Options {
  /** Runs when the instance begins to close, and when it has closed: after its requests and its plugins' onClose hooks. */
  flush: () => Promise<void>;
}

/** Names server spans by route (`POST /numbers`), and records what a request failed with. */
export function hookIntoFastify({ flush }: Options): void {
  subscribe('fastify.initialization', (message) => {
    const { fastify } = message as { fastify: FastifyInstance };
    fastify.addHook('onRequest', (request, _reply, done) => {
      const rpc = getRPCMetadata(context.active());
      if (rpc?.type === RPCType.HTTP) rpc.route = request.routeOptions.url;
      done();
    });
    fastify.addHook('onError', (_request, _reply, error, done) => {
      if ((error.statusCode ?? 500) >= 500) trace.getActiveSpan()?.recordException(error);
      done();
    });
    fastify.addHook('preClose', async () => void flush()); // should the end come before the instance has closed
    fastify.addHook('onClose', flush);
  });
}
