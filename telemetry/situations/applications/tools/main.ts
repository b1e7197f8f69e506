// Tools that build, transform or run a service.
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const service = fileURLToPath(new URL('./service/', import.meta.url));
const tools: Record<string, (option?: string) => Promise<void>> = {
  async esbuild(format) {
    const { build } = await import('esbuild');
    const folder = mkdtempSync(fileURLToPath(new URL('../../node_modules/.bundle-', import.meta.url)));
    try {
      const outfile = join(folder, format === 'cjs' ? 'app.cjs' : 'app.mjs');
      await build({
        entryPoints: [join(service, 'app.ts')],
        outfile,
        bundle: true,
        platform: 'node',
        format: format as 'cjs' | 'esm',
        packages: 'external',
      });
      console.log(await (await import(pathToFileURL(outfile).href)).serve());
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
  async vitest(pool) {
    const { startVitest } = await import('vitest/node');
    const print = {
      onTestCaseResult: (test: { name: string; result(): { state: string } }) => console.log(test.name, test.result().state),
    };
    const vitest = await startVitest('test', [], {
      config: false,
      root: service,
      include: ['app.check.mjs'],
      watch: false,
      pool: pool as 'forks' | 'threads',
      reporters: [print],
    });
    await vitest.close();
  },
};
await tools[process.argv[2] as string]?.(process.argv[3]);
