import type { Situation } from '../../support/situation.ts';

const kinds = ['properties', 'JSON.stringify', 'console'];
const lines = [
  'info Server listening at http://127.0.0.1:1 @ no trace',
  ...['/', '/fails'].flatMap((route) => [
    `info incoming request @ SERVER GET ${route}`,
    `info request completed @ SERVER GET ${route}`,
  ]),
  'info handled @ SERVER GET /',
];

export default {
  promise: 'changes to shared prototypes and functions are neither exported nor break tracing',
  postgres: true,
  secrets: /secret-\w+/,
  spans: ['SERVER GET /', 'SERVER GET / > CLIENT SELECT', 'SERVER GET /fails'],
  records: [...lines, 'error no @ SERVER GET /fails'],
  variants: {
    ...Object.fromEntries(kinds.map((kind) => [kind, { args: [kind] }])),
    // pino cannot write the line of an error whose stack cannot be read
    'error stacks': { args: ['error stacks'], records: lines },
  },
} satisfies Situation;
