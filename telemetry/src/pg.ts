// One CLIENT span for each query of `pg` within a trace. In place of instrumentation-pg, which has no span for cursors, streams and COPY,
// leaves connections in the trace that opened them, and returns a promise of its own instead of pg's.
import {
  type Instrumentation,
  InstrumentationBase,
  InstrumentationNodeModuleDefinition,
  InstrumentationNodeModuleFile,
} from '@opentelemetry/instrumentation';
import { fallBackTo } from './fallback.ts';
import { copySignature } from './hide.ts';
import { loadPackage } from './load-package.ts';
import { databaseOperationDuration } from './metrics-duration.ts';
import { poolMetrics } from './metrics-pool.ts';
import { packageVersion } from './package-version.ts';
import { attachCall } from './pg-call.ts';
import { clientMethods, tracedQuery, watchConstruction } from './pg-client.ts';
import { queryMethods } from './pg-handlers.ts';
import { nativeQueryMethods } from './pg-native.ts';
import { poolMethods } from './pg-pool.ts';
import { attachToSubmittable } from './pg-submittable.ts';
import type { AnyFunction, Wrapper } from './run-in-context.ts';

const pgVersions = ['>=8.11.0 <9'];
const poolVersions = ['>=3.6.0 <4'];

type Methods = Record<string, Wrapper>;
type Class = { prototype: Record<string, AnyFunction> };
type ClientClass = Class & { Query: Class };
type Undo = () => void;
/** Pushes how to undo each change. */
type Patch = (undo: Undo[]) => void;

/** Traces every copy of `pg` that is loaded after it is created. */
export class PgInstrumentation extends InstrumentationBase {
  /** Each copy's classes, and how to restore those that are patched. Not initialized here: the base class patches before that. */
  declare private copies: Map<Class, { patch: Patch; undo: Undo[] | undefined }> | undefined;

  constructor() {
    super('telemetry/pg', packageVersion, {});
  }

  protected override _updateMetricInstruments(): void {
    databaseOperationDuration.setMeter(this.meter);
    poolMetrics.setMeter(this.meter);
  }

  protected init(): InstrumentationNodeModuleDefinition[] {
    const keep = () => {}; // disable() restores all copies; the base class would restore only the last one
    const addClient = (module: unknown) => this.add(module, (client) => client as ClientClass, this.patchClient);
    const clientFiles = ['pg/lib/client.js', 'pg/lib/native/client.js'];
    return [
      new InstrumentationNodeModuleDefinition(
        'pg',
        pgVersions,
        (module) => this.add(module, (pg) => (pg as { Client: ClientClass }).Client, this.patchClient),
        keep,
        clientFiles.map((name) => new InstrumentationNodeModuleFile(name, pgVersions, addClient, keep)),
      ),
      new InstrumentationNodeModuleDefinition(
        'pg-pool',
        poolVersions,
        (module) =>
          this.add(
            module,
            (pool) => pool as Class,
            (Pool, undo) => this.wrapMethods(Pool, poolMethods, undo),
          ),
        keep,
      ),
      ...fallBackTo({
        name: 'pg',
        versions: ['>=8.0.3 <8.11.0'],
        newerVersions: ['>=9'],
        create: () => {
          type Module = { PgInstrumentation: new (config: object) => Instrumentation };
          return new (loadPackage<Module>('@opentelemetry/instrumentation-pg').PgInstrumentation)({ requireParentSpan: true });
        },
      }),
    ];
  }

  override enable(): void {
    super.enable();
    for (const [copy, { patch, undo }] of this.copies ?? []) if (!undo) this.patchCopy(copy, patch);
  }

  override disable(): void {
    super.disable();
    for (const copy of this.copies?.values() ?? []) {
      for (const undo of copy.undo ?? []) undo();
      copy.undo = undefined;
    }
  }

  /** A class is patched once, by whichever of `require`, `import` and a file of the package brings it first. */
  private add<Added extends Class>(
    module: unknown,
    classOf: (exports: unknown) => Added,
    patch: (added: Added, undo: Undo[]) => void,
  ): unknown {
    try {
      const copy = classOf(exportsOf(module));
      if (!this.copies?.get(copy)?.undo) this.patchCopy(copy, (undo) => patch.call(this, copy, undo));
    } catch (error) {
      this._diag.warn('an unknown version is not instrumented', error);
    }
    return module;
  }

  private patchCopy(copy: Class, patch: Patch): void {
    const undo: Undo[] = [];
    this.copies ??= new Map();
    this.copies.set(copy, { patch, undo });
    try {
      patch(undo);
    } catch (error) {
      this._diag.warn('pg could not be instrumented', error);
    }
  }

  private patchClient(Client: ClientClass, undo: Undo[]): void {
    const { Query } = Client;
    const isNative = typeof Query.prototype.handleReadyForQuery !== 'function';
    this.wrapMethods(Query, isNative ? nativeQueryMethods : queryMethods, undo);
    undo.push(watchConstruction(Query.prototype));
    this.wrapMethods(
      Client,
      { ...clientMethods, query: tracedQuery(() => this.tracer, isNative ? attachCall : attachToSubmittable) },
      undo,
    );
  }

  private wrapMethods({ prototype }: Class, methods: Methods, undo: Undo[]): void {
    for (const name of Object.keys(methods)) {
      if (typeof prototype[name] !== 'function') continue;
      const wrap = methods[name] as Wrapper;
      this._wrap(prototype, name, (original) => copySignature(original, wrap(original)));
      undo.push(() => this._unwrap(prototype, name));
    }
  }
}

/** Of an ES module, or of one that is loaded by `require`. */
function exportsOf(module: unknown): unknown {
  const { default: main, [Symbol.toStringTag]: tag } = module as { default?: unknown; [Symbol.toStringTag]?: string };
  return tag === 'Module' ? main : module;
}
