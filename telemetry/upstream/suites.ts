// The test suites of the projects that the instrumentation touches, and how each is run.

export interface Suite {
  /** As in the package.json of the checkout or of one of its workspaces. */
  package: string;
  /** Test files, relative to the package. */
  files: string[];
  except?: string[];
  /** `script`: each file is a program that prints its tests, as those of pg are. */
  runner: 'node:test' | 'mocha' | 'script';
  runnerArgs?: string[];
  env?: Record<string, string>;
  /** Whether it needs PostgreSQL. Every query is then made inside a span. */
  postgres?: boolean;
}

export const suites: Suite[] = [
  { package: 'fastify', files: ['test/**/*.test.{js,mjs}'], runner: 'node:test' },
  { package: 'pino', files: ['test/**/*.test.{js,mjs}'], except: ['test/jest/**', 'test/types/**'], runner: 'node:test' },
  { package: '@fastify/request-context', files: ['test/**/*.{test,spec}.js'], runner: 'node:test' },
  { package: '@fastify/reply-from', files: ['test/**/*.{test,spec}.js'], runner: 'node:test' },
  { package: '@fastify/http-proxy', files: ['test/**/*.js'], except: ['test/helper/**'], runner: 'node:test' },
  { package: 'pg', files: ['test/unit/**/*-tests.js', 'test/integration/**/*-tests.js'], runner: 'script', postgres: true },
  { package: 'pg-pool', files: ['test/*.js'], runner: 'mocha', postgres: true },
  { package: 'pg-cursor', files: ['test/*.js'], runner: 'mocha', postgres: true },
  {
    package: 'pg-query-stream',
    files: ['test/**/*.ts'],
    runner: 'mocha',
    runnerArgs: ['--require', 'ts-node/register'],
    env: { TS_NODE_SKIP_IGNORE: 'true', TS_NODE_TRANSPILE_ONLY: 'true' },
    postgres: true,
  },
];
