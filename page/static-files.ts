// Serves the files of public/, with headers that forbid other origins and inline scripts.
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import files from '@fastify/static';
import type { Service } from '../service/build.ts';
import { untraced } from '../service/untraced.ts';

const headers = {
  'cache-control': 'no-cache', // revalidated on each load: 304 if nothing has changed
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
  ].join('; '),
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=()',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
};

/** Adds a route for each file of public/. */
export async function addStaticFiles(app: Service): Promise<void> {
  const root = fileURLToPath(new URL('public', import.meta.url));
  await app.register(async (page) => {
    await page.register(files, { root, serve: false, cacheControl: false });
    page.addHook('onSend', async (_request, reply) => void reply.headers(headers));
    for (const file of readdirSync(root)) {
      const url = file === 'index.html' ? '/' : `/${file}`;
      page.get(url, { config: untraced, schema: { hide: true } }, (_request, reply) => reply.sendFile(file));
    }
  });
}
