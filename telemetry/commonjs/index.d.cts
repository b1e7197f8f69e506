// Each value by name: TypeScript's `node16` and `node18` re-export none of an ES module here.
import type * as module from '../dist/index.js' with { 'resolution-mode': 'import' };

export type * from '../dist/index.js' with { 'resolution-mode': 'import' };

export declare const start: typeof module.start;
export declare const FastifyInstrumentation: typeof module.FastifyInstrumentation;
export type FastifyInstrumentation = module.FastifyInstrumentation;
export declare const PgInstrumentation: typeof module.PgInstrumentation;
export type PgInstrumentation = module.PgInstrumentation;
export declare const PinoInstrumentation: typeof module.PinoInstrumentation;
export type PinoInstrumentation = module.PinoInstrumentation;
export declare const TraceContextPropagator: typeof module.TraceContextPropagator;
export type TraceContextPropagator = module.TraceContextPropagator;
