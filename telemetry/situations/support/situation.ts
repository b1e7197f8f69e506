// What a situation states: how the application is run, and what is expected of it. `applications/<name>/expected.ts` exports one.

export interface Run {
  env?: Record<string, string>;
  /** Arguments of main.ts. */
  args?: string[];
  /** Arguments of Node.js. */
  nodeArgs?: string[];
  /** Run instead of main.ts: a file of an installed package, such as `tsx/dist/cli.mjs`. */
  program?: string;
  /** How the instrumentation is preloaded: `--import` as an argument of Node.js (default), or in NODE_OPTIONS for child processes too. */
  preload?: 'argument' | 'NODE_OPTIONS';
  /** The first major version of Node.js that has what the run needs. */
  sinceNode?: number;
  /** Whether it needs a database of its own: PG* variables are set then. */
  postgres?: boolean;
  /** `up` accepts everything, `refusing` is a closed port, `silent` accepts connections and never answers. Default: `up`. */
  receiver?: 'up' | 'refusing' | 'silent';
  /** Of the receiver, for ours. Default: gRPC. */
  protocol?: 'grpc' | 'http/protobuf';
  /** Sent once the application has printed a line with this text. */
  signal?: { after: string; name: NodeJS.Signals };
}

export interface Expectation {
  /**
   * Each span received, as its path from the root: `SERVER GET /x > CLIENT SELECT t`. ` ×2` at the end: two of them.
   * A path that begins with `remote > ` has a parent that no received span is.
   */
  spans: string[];
  /** Attributes of every span with that path; `undefined`: must be absent. `status` is the span's status, `events` the names of its events. */
  attributes?: Record<string, Record<string, unknown>>;
  /** Each log record received: its severity, its body, and the path of its span. `INFO paid @ SERVER GET /pay`. */
  records?: string[];
  /** Attributes of every record with that line. */
  recordAttributes?: Record<string, Record<string, unknown>>;
  /** Spans that may be received or not, and why: what runs in the background by itself. */
  ignoredSpans?: { path: RegExp; reason: string };
  ignoredRecords?: { line: RegExp; reason: string };
  /** Why a batch may be received twice: spans with the same ids are one then. */
  mayRepeat?: string;
  /** What must not be found anywhere in what is received. */
  secrets?: RegExp;
  /** Exit code or signal of the bare application. Default: 0. */
  end?: number | string;
  /** What the instrumentation prints on stderr: each of its lines matches one of these, and each of these one of its lines. */
  reports?: RegExp[];
  /** Why the output differs from that of the bare application. Without a reason it must be the same. */
  differs?: { stock?: string; ours?: string };
  /** Why the default auto-instrumentation is not tried: what it does is a matter of time. */
  skipsStock?: string;
}

export interface Situation extends Run, Expectation {
  /** The name of the test. */
  promise: string;
  /** The same application in other circumstances. What a variant states replaces what the situation states. */
  variants?: Record<string, Partial<Run & Expectation>>;
}

export interface Variant extends Run, Expectation {
  /** `<folder>` or `<folder>, <variant>`. */
  name: string;
  promise: string;
  main: string;
}

/** A situation without variants is one; otherwise there is one run for each. */
export function variantsOf(folder: string, main: string, { variants, promise, ...base }: Situation): Variant[] {
  if (!variants) return [{ ...base, name: folder, promise, main }];
  return Object.entries(variants).map(([name, variant]) => ({ ...base, ...variant, name: `${folder}, ${name}`, promise, main }));
}
