// Tests of other projects that may differ with the instrumentation, and why.

interface Accepted {
  package: string;
  /** Matches the name of the test as the command prints it. */
  test: RegExp;
  reason: string;
}

const prettyPrint = /^test\/pretty-print\.test\.js > pretty print - /;

export const accepted: Accepted[] = [
  {
    package: 'fastify',
    test: new RegExp(`${prettyPrint.source}includeMeta, includeHooks$`),
    reason: 'the test lists all hooks of a route, and the instrumentation adds an onError hook to each instance',
  },
  {
    package: 'fastify',
    test: new RegExp(`${prettyPrint.source}empty plugins$`),
    reason: 'the test lists the plugins that are loaded, and Fastify notes the hook that the instrumentation adds among them',
  },
];
