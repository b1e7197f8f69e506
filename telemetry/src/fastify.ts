// One SERVER span for a request to Fastify, active from before `genReqId` to the last event of the response.
// In place of patching node:http, which knows no route. Every way into Fastify ends at a handler that it has registered with its router,
// find-my-way: a connection's request, `app.inject()`, `app.routing()`, the upgrade to a WebSocket, a path that nothing matches.
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { context, diag, propagation, ROOT_CONTEXT } from '@opentelemetry/api';
import { suppressTracing } from '@opentelemetry/core';
import { InstrumentationBase, InstrumentationNodeModuleDefinition } from '@opentelemetry/instrumentation';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { copySignature } from './hide.ts';
import { compileIgnore } from './ignore.ts';
import { LAYERED_ROOT } from './layered-context.ts';
import { serverRequestDuration } from './metrics-duration.ts';
import { once } from './once.ts';
import type { FastifyInstrumentationConfig, RequestHook } from './options.ts';
import { packageVersion } from './package-version.ts';
import { bindEvents, bindSocketTimeout, requestOf } from './request-events.ts';
import { type RawRequest, type RawResponse, RequestTrace, recordError, runInRequest, startRequest } from './request-span.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** `false` for a route without a trace, such as a health check. */
    otel?: boolean;
  }
}

/** What Fastify stores with each route: https://github.com/fastify/fastify/blob/main/lib/context.js */
interface RouteContext {
  config: { url?: string; otel?: boolean };
  Request?: new (...args: unknown[]) => FastifyRequest;
  onTimeout: unknown[] | null;
}

type Handler = (this: unknown, req: RawRequest, res: RawResponse, ...rest: unknown[]) => unknown;
type BadRequestHandler = (path: string, req: RawRequest, res: RawResponse) => unknown;

/** What find-my-way's router has beside its methods. */
interface Router {
  onBadUrl: BadRequestHandler | null;
  onMaxParamLength: BadRequestHandler | null;
}
type Lookup = (this: Router, req: RawRequest, res: RawResponse, ...rest: unknown[]) => unknown;
type On = (this: Router, method: string | string[], path: string, ...rest: unknown[]) => unknown;

/** Traces the requests to every Fastify instance that is created after it is enabled. */
export class FastifyInstrumentation extends InstrumentationBase<FastifyInstrumentationConfig> {
  #isRouterPatched = false;
  declare private isIgnored: ReturnType<typeof compileIgnore>;
  /** Assigned by init(), which the constructor of the base class calls before it would run an initializer. */
  declare private onInstance: ((message: unknown) => void) | undefined;

  constructor(config: FastifyInstrumentationConfig = {}) {
    super('telemetry/fastify', packageVersion, config);
  }

  override setConfig(config: FastifyInstrumentationConfig): void {
    super.setConfig(config);
    this.isIgnored = compileIgnore(config.ignore);
  }

  protected override _updateMetricInstruments(): void {
    serverRequestDuration.setMeter(this.meter);
  }

  protected init(): InstrumentationNodeModuleDefinition {
    return new InstrumentationNodeModuleDefinition(
      'find-my-way',
      ['>=9 <10'],
      (module) => {
        const self = this;
        this._wrap(module.prototype, 'on', (original: On): On => {
          return copySignature(original, function (method, path, ...rest) {
            return original.call(this, method, path, ...self.#traceRoute(this, rest));
          } satisfies On);
        });
        this._wrap(module.prototype, 'lookup', (original: Lookup): Lookup => {
          return copySignature(original, function (req, res, ...rest) {
            return original.call(this, req, res, ...self.#traceConstraintErrors(this, req, res, rest));
          } satisfies Lookup);
        });
        this.#isRouterPatched = true;
        return module;
      },
      (module) => {
        this._unwrap(module.prototype, 'on');
        this._unwrap(module.prototype, 'lookup');
        this.#isRouterPatched = false;
      },
    );
  }

  override enable(): void {
    super.enable();
    if (this.onInstance) return;
    this.onInstance = (message) => this.#addHooks((message as { fastify: FastifyInstance }).fastify);
    subscribe('fastify.initialization', this.onInstance);
  }

  override disable(): void {
    super.disable();
    if (this.onInstance) unsubscribe('fastify.initialization', this.onInstance);
    this.onInstance = undefined;
  }

  /** @param rest of find-my-way's `on`: `[options], handler, store` */
  #traceRoute(router: Router, rest: unknown[]): unknown[] {
    const at = rest.findIndex((each) => typeof each === 'function');
    const route = rest[at + 1];
    if (at < 0 || !isRouteContext(route)) return rest;
    const handler = rest[at] as Handler;
    const self = this;
    const traced: Handler = function (req, res, ...others) {
      const request = requestOf(req, res) ?? self.#begin(req, res, route);
      return request ? runInRequest(request, handler, this, [req, res, ...others]) : handler.call(this, req, res, ...others);
    };
    if (!fastifyRouters.has(router)) this.#traceBadRequests(router, { config: {}, Request: route.Request, onTimeout: null });
    return rest.with(at, traced);
  }

  /**
   * Fastify passes a callback where constraints of its routes are asynchronous: it answers the request when one of them fails.
   *
   * @param rest of find-my-way's `lookup`: `[context], [callback]`
   */
  #traceConstraintErrors(router: Router, req: RawRequest, res: RawResponse, rest: unknown[]): unknown[] {
    const at = rest.findLastIndex((each) => typeof each === 'function');
    const noRoute = fastifyRouters.get(router);
    if (at < 0 || !noRoute) return rest;
    const callback = rest[at] as (error: unknown, ...results: unknown[]) => unknown;
    return rest.with(at, (error: unknown, ...results: unknown[]) => {
      const request = error ? (requestOf(req, res) ?? this.#begin(req, res, noRoute)) : undefined;
      return request ? runInRequest(request, callback, undefined, [error, ...results]) : callback(error, ...results);
    });
  }

  /** Traces requests that the router rejects before it has found a route. */
  #traceBadRequests(router: Router, noRoute: RouteContext): void {
    fastifyRouters.set(router, noRoute);
    for (const name of ['onBadUrl', 'onMaxParamLength'] as const) {
      const original = router[name];
      if (!original) continue;
      router[name] = (path, req, res) => {
        const request = requestOf(req, res) ?? this.#begin(req, res, noRoute);
        return request ? runInRequest(request, original, undefined, [path, req, res]) : original(path, req, res);
      };
    }
  }

  /** Nothing that a sampler, a propagator or a span processor throws reaches the application. */
  #begin(req: RawRequest, res: RawResponse, route: RouteContext): RequestTrace | undefined {
    try {
      const request = this.#createTrace(req, res, route);
      bindEvents(request);
      if (route.onTimeout) bindSocketTimeout(request);
      return request;
    } catch (error) {
      diag.error('a request could not be traced', error);
    }
  }

  #createTrace(req: RawRequest, res: RawResponse, route: RouteContext): RequestTrace {
    const { config } = route;
    // A connection belongs to no trace, whatever was active when the server began to listen; an injected request to that of its caller.
    const caller = isInjected(req) ? context.active() : LAYERED_ROOT;
    if (config.otel === false || this.isIgnored?.(req)) return new RequestTrace(req, res, undefined, suppressTracing(caller));
    return startRequest(this.tracer, req, res, config.url, schemeOf(req, route), propagation.extract(caller, req.headers));
  }

  #addHooks(fastify: FastifyInstance): void {
    fastify.addHook('onError', (request, reply, error, done) => {
      try {
        const own = requestOf(request.raw, reply.raw);
        if (own) recordError(own, error);
      } catch (cause) {
        diag.error('an error of a request could not be recorded', cause);
      }
      done();
    });
    injectInContext(fastify);
    if (!this.#isRouterPatched) this.#traceFromFirstHook(fastify);
    const { requestHook, responseHook } = this.getConfig();
    if (requestHook) fastify.addHook('onRequest', callingHook(requestHook));
    if (responseHook) fastify.addHook('onResponse', callingHook(responseHook));
  }

  /** For a Fastify that was bundled, or loaded before this module. What runs before its hooks has no context. */
  #traceFromFirstHook(fastify: FastifyInstance): void {
    diag.debug('the router of Fastify is not instrumented: requests are traced from the first onRequest hook on');
    fastify.addHook('onRequest', (request, reply, done) => {
      const route = { config: request.routeOptions.config, onTimeout: null };
      const own = requestOf(request.raw, reply.raw) ?? this.#begin(request.raw, reply.raw, route);
      if (own) runInRequest(own, done, undefined, []);
      else done();
    });
  }
}

/** Calls a hook of the application. If the hook fails, only telemetry is affected. */
function callingHook(hook: RequestHook) {
  const onFailure = once((error: unknown) => diag.warn('a hook for the spans of Fastify failed', error));
  return (request: FastifyRequest, reply: FastifyReply, done: () => void): void => {
    const span = requestOf(request.raw, reply.raw)?.span;
    try {
      const result: unknown = span?.isRecording() ? hook(span, request, reply) : undefined;
      if (result instanceof Promise) result.catch(onFailure); // nobody waits for it
    } catch (error) {
      onFailure(error);
    }
    done();
  };
}

/** An injected request starts when its result is awaited, maybe outside of the context in which `inject` was called. */
function injectInContext(fastify: FastifyInstance): void {
  const original = fastify.inject as (...args: unknown[]) => unknown;
  const inject = function (this: unknown, ...args: unknown[]): unknown {
    const caller = context.active();
    const result = Reflect.apply(original, this, args) as Record<string, unknown> | undefined;
    if (caller === ROOT_CONTEXT || typeof result?.then !== 'function') return result;
    for (const name of ['then', 'catch', 'finally', 'end']) {
      if (typeof result[name] === 'function') result[name] = context.bind(caller, result[name]);
    }
    return result;
  };
  fastify.inject = copySignature(original, inject) as typeof fastify.inject;
}

/** The routers of Fastify, because others use find-my-way as well, with the route context for requests that match no route. */
const fastifyRouters = new WeakMap<Router, RouteContext>();

function isRouteContext(store: unknown): store is RouteContext {
  return typeof store === 'object' && store !== null && 'config' in store && 'Request' in store && 'Reply' in store;
}

/** By light-my-request, which names its state so. */
function isInjected(req: RawRequest): boolean {
  return '_lightMyRequest' in req;
}

/** Uses `x-forwarded-proto` if Fastify's `trustProxy` is set and the value is `http` or `https`. Does not call a `trustProxy` function of the application. */
function schemeOf(req: RawRequest, { Request }: RouteContext): string {
  const own = (req.socket as { encrypted?: boolean } | null)?.encrypted ? 'https' : 'http';
  const forwarded = req.headers['x-forwarded-proto'];
  if (typeof forwarded !== 'string' || !Request || !('ips' in Request.prototype)) return own;
  const last = forwarded.slice(forwarded.lastIndexOf(',') + 1).trim();
  return last === 'https' || last === 'http' ? last : own;
}
