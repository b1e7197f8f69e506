import type { Situation } from '../../support/situation.ts';

export default {
  promise: 'a service runs as without telemetry under stricter Node.js options',
  spans: ['SERVER GET /'],
  variants: {
    'no __proto__': { nodeArgs: ['--disable-proto=delete'] },
    'throwing __proto__': { nodeArgs: ['--disable-proto=throw'] },
    'unhandled rejections as warnings': { nodeArgs: ['--unhandled-rejections=warn'] },
    'source maps': { nodeArgs: ['--enable-source-maps'] },
    'no warnings': { nodeArgs: ['--no-warnings'] },
    'deprecations throw': { nodeArgs: ['--throw-deprecation'] },
    'pending deprecations': { nodeArgs: ['--pending-deprecation'] },
    'async context by hooks': { nodeArgs: ['--no-async-context-frame'], sinceNode: 24 },
    'little memory': { nodeArgs: ['--max-old-space-size=64'] },
    'without worker threads': {
      // as by default with the permission model
      sinceNode: 25,
      nodeArgs: ['--permission', '--allow-fs-read=*', '--allow-net'],
      reports: [/^telemetry: /],
      spans: [],
    },
  },
} satisfies Situation;
