// A situation defines how an application is run and what is expected of it. Each `applications/<name>/expected.ts` exports one.

export interface Run {
  env?: Record<string, string>;
  /** Arguments of main.ts. */
  args?: string[];
  /** Arguments of Node.js. */
  nodeArgs?: string[];
  /** Run instead of main.ts: a file of an installed package, such as `tsx/dist/cli.mjs`. */
  program?: string;
  /** How the instrumentation is preloaded: by `--import` as an argument of Node.js (default), or in NODE_OPTIONS, also for child processes. */
  preload?: 'argument' | 'NODE_OPTIONS';
  /** The first major version of Node.js that supports the run. */
  sinceNode?: number;
  /** Creates a database for the run and sets the PG* variables. */
  postgres?: boolean;
  /** `up` accepts everything, `refusing` is a closed port, `silent` accepts connections but never responds. Default: `up`. */
  receiver?: 'up' | 'refusing' | 'silent';
  /** Protocol of the receiver for our instrumentation. Default: gRPC. */
  protocol?: 'grpc' | 'http/protobuf';
  /** Signal to send after the application has printed this text. */
  signal?: { after: string; name: NodeJS.Signals };
}

export interface Expectation {
  /**
   * Each span received, as its path from the root: `SERVER GET /x > CLIENT SELECT t`. ` ×2` at the end: two of them.
   * A path that begins with `remote > ` has a parent that was not received.
   */
  spans: string[];
  /** Attributes of every span with that path; `undefined` means absent. `status` is the span's status, `events` the names of its events. */
  attributes?: Record<string, Record<string, unknown>>;
  /** Each log record received: its severity, its body, and the path of its span. `INFO paid @ SERVER GET /pay`. */
  records?: string[];
  /** Attributes of every record with that line. */
  recordAttributes?: Record<string, Record<string, unknown>>;
  /** Spans that may or may not be received, such as those of background work, and why. */
  ignoredSpans?: { path: RegExp; reason: string };
  ignoredRecords?: { line: RegExp; reason: string };
  /** Why a batch may be received twice. Spans with the same ids then count once. */
  mayRepeat?: string;
  /** Must not match any received data. */
  secrets?: RegExp;
  /** Exit code or signal of the bare application. Default: 0. */
  end?: number | string;
  /** Messages of the instrumentation on stderr: each line must match one of these, and each of these must match a line. */
  reports?: RegExp[];
  /** Why the output differs from that of the bare application. Without a reason it must be the same. */
  differs?: { stock?: string; ours?: string };
  /** Why the default auto-instrumentation is not run: its result depends on timing. */
  skipsStock?: string;
}

export interface Situation extends Run, Expectation {
  /** The name of the test. */
  promise: string;
  /** The same application under other conditions. The fields of a variant replace those of the situation. */
  variants?: Record<string, Partial<Run & Expectation>>;
}

export interface Variant extends Run, Expectation {
  /** `<folder>` or `<folder>, <variant>`. */
  name: string;
  promise: string;
  main: string;
}

/** @returns one run per variant, or one for a situation without variants */
export function variantsOf(folder: string, main: string, { variants, promise, ...base }: Situation): Variant[] {
  if (!variants) return [{ ...base, name: folder, promise, main }];
  return Object.entries(variants).map(([name, variant]) => ({ ...base, ...variant, name: `${folder}, ${name}`, promise, main }));
}
