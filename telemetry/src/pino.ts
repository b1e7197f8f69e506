// Lines of pino get the ids of the active span, and are exported as log records. The application sees no difference: pino, its loggers, mixins,
// serializers, formatters, hooks and streams stay its own. Only the two methods that all loggers inherit are wrapped, those that format a line
// and write it. In place of instrumentation-pino, whose mixin and stream an application can see, and whose records `hooks.streamWrite` never masks.
import { diag } from '@opentelemetry/api';
import { type Instrumentation, InstrumentationBase, InstrumentationNodeModuleDefinition } from '@opentelemetry/instrumentation';
import type pino from 'pino';
import { fallBackTo } from './fallback.ts';
import { loadPackage } from './load-package.ts';
import { packageVersion } from './package-version.ts';
import { internalsOf, type PinoInternals } from './pino-internals.ts';
import { wrapMethods } from './pino-methods.ts';

type PinoModule = typeof pino & { [Symbol.toStringTag]?: string; default: typeof pino };

export class PinoInstrumentation extends InstrumentationBase {
  readonly #exports: boolean;

  /** @param exports whether lines are exported as log records */
  constructor({ exports = true }: { exports?: boolean } = {}) {
    super('telemetry/pino', packageVersion, {});
    this.#exports = exports;
  }

  protected init(): InstrumentationNodeModuleDefinition[] {
    const copies = new Map<object, PinoInternals>(); // by prototype: a process may load several copies of pino
    const restores = new Map<object, () => void>();
    const getRecords = () => (this.#exports ? this.logger : undefined);
    const patch = (module: PinoModule) => {
      const internals = internalsOf(module[Symbol.toStringTag] === 'Module' ? module.default : module);
      if (internals) copies.set(internals.prototype, internals);
      else diag.warn('unsupported build of pino: its lines get no ids and are not exported');
      for (const [prototype, copy] of copies) {
        if (restores.has(prototype)) continue;
        restores.set(prototype, wrapMethods(copy, getRecords));
      }
      return module;
    };
    const unpatch = () => {
      for (const restore of restores.values()) restore();
      restores.clear();
    };
    return [
      new InstrumentationNodeModuleDefinition('pino', ['>=9 <11'], patch, unpatch),
      ...fallBackTo({
        name: 'pino',
        versions: ['>=5.14.0 <9'],
        newerVersions: ['>=11'],
        create: () => {
          type Module = { PinoInstrumentation: new (config: object) => Instrumentation };
          const { PinoInstrumentation: Upstream } = loadPackage<Module>('@opentelemetry/instrumentation-pino');
          return new Upstream({ disableLogSending: !this.#exports });
        },
      }),
    ];
  }
}
