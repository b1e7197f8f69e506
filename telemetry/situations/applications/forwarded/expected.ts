import type { Situation } from '../../support/situation.ts';

export default {
  promise: 'a forwarded traceparent is replaced by that of the outgoing span, not duplicated',
  spans: [
    ...['/reply-from', '/http-proxy', '/fetch', '/fetch-headers', '/plugin/*'].flatMap((route) => [
      `remote > SERVER GET ${route}`,
      `remote > SERVER GET ${route} > CLIENT GET`,
      `remote > SERVER GET ${route} > CLIENT GET > SERVER GET /*`,
    ]),
  ],
  differs: { stock: 'it adds a second traceparent to the forwarded one' },
} satisfies Situation;
