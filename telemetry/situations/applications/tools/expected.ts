import type { Expectation, Run, Situation } from '../../support/situation.ts';

const served = {
  postgres: true,
  spans: ['SERVER GET /', 'SERVER GET / > INTERNAL handler', 'SERVER GET / > CLIENT SELECT'],
  records: ['info handled @ SERVER GET /'],
};
const tested = { spans: ['SERVER GET / ×2'] };
const started: Run & Expectation = {
  program: 'fastify-cli/cli.js',
  args: ['start', 'service/plugin.mjs'],
  env: { PORT: '0' }, // not by --port: fastify-cli takes 0 for none
  signal: { after: 'ready', name: 'SIGTERM' },
  spans: ['CLIENT GET', 'CLIENT GET > SERVER GET /', 'CLIENT GET > SERVER GET / > INTERNAL handler'],
};

export default {
  promise: 'a service is traced regardless of the tool that builds, transforms or runs it',
  spans: [],
  mayRepeat: 'a batch is in flight when the process exits',
  variants: {
    'fastify-cli': started,
    'fastify-cli, NODE_OPTIONS': { ...started, preload: 'NODE_OPTIONS' },
    tsx: { ...served, program: 'tsx/cli', args: ['service/run.ts'], preload: 'NODE_OPTIONS' },
    'tsx as an import': { ...served, nodeArgs: ['--import', 'tsx'], program: './service/run.ts' },
    'esbuild, ES modules': { ...served, args: ['esbuild', 'esm'] },
    'esbuild, CommonJS': { ...served, args: ['esbuild', 'cjs'] },
    'vitest, processes': { ...tested, args: ['vitest', 'forks'], preload: 'NODE_OPTIONS' },
    'vitest, threads': { args: ['vitest', 'threads'], preload: 'NODE_OPTIONS' },
    'node --test': { ...tested, nodeArgs: ['--test', '--test-reporter=tap'], program: './service/app.check.mjs' },
  },
} satisfies Situation;
