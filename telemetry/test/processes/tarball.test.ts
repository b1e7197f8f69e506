// The contents of the package that `npm publish` uploads.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire, isBuiltin } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { instrumentations } from '../../src/instrumentations.ts';
import { packTarball, type Tarball } from '../support/tarball.ts';

const source = fileURLToPath(new URL('../..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'tarball-'));
const content = join(folder, 'package');
let tarball: Tarball;

beforeAll(async () => {
  tarball = await packTarball(folder, (copy) => writeFileSync(join(copy, 'dist/of-an-earlier-build.js'), ''));
  execFileSync('tar', ['-xzf', tarball.path, '-C', folder]);
});
afterAll(() => rmSync(folder, { recursive: true }));

function read(path: string): string {
  return readFileSync(join(content, path), 'utf8');
}

function modules(): string[] {
  return tarball.files.filter((path) => /^dist\/.*\.js$/.test(path)).map((path) => path.slice('dist/'.length, -'.js'.length));
}

test('the tarball contains exactly the built modules with types and source maps, the CommonJS entry points and the documents', () => {
  const built = modules().flatMap((name) => [`dist/${name}.d.ts`, `dist/${name}.js`, `dist/${name}.js.map`]);
  const entries = ['index', 'register'].flatMap((name) => [`commonjs/${name}.cjs`, `commonjs/${name}.d.cts`]);
  const documents = ['CHANGELOG.md', 'LICENSE', 'README.md', 'package.json'];
  expect(tarball.files).toEqual([...built, ...entries, 'commonjs/hooks-thread.cjs', ...documents].sort());
});

test('CommonJS has every export, in its types and in the module hooks thread', async () => {
  const values = Object.keys(await import('../../src/index.ts')).sort();
  const types = [...read('commonjs/index.d.cts').matchAll(/^export declare const (\w+)/gm)].map(([, name]) => name);
  expect(types.sort()).toEqual(values);
  expect(Object.keys(createRequire(import.meta.url)('../../commonjs/hooks-thread.cjs')).sort()).toEqual(values);
});

test('source maps contain their sources, so that stack traces and debuggers need no other files', () => {
  for (const name of modules()) {
    const { sourcesContent } = JSON.parse(read(`dist/${name}.js.map`));
    expect(sourcesContent).toEqual([readFileSync(join(source, 'src', `${name}.ts`), 'utf8')]);
  }
});

test('the license is the same as that of the repository', () => {
  expect(read('LICENSE')).toBe(readFileSync(join(source, '../LICENSE'), 'utf8'));
});

test('the CHANGELOG has an entry for the version', () => {
  expect(read('CHANGELOG.md')).toContain(`\n## [${tarball.version}] - `);
});

test('the version of each instrumentation is that of the package', () => {
  const { all } = instrumentations();
  for (const each of all) each.disable();
  const own = all.filter(({ instrumentationName }) => instrumentationName.startsWith('telemetry/'));
  const names = ['telemetry/fastify', 'telemetry/http', 'telemetry/pg', 'telemetry/pino'];
  expect(Object.fromEntries(own.map((each) => [each.instrumentationName, each.instrumentationVersion]))).toEqual(
    Object.fromEntries(names.map((name) => [name, tarball.version])),
  );
});

test('every package imported by the built modules or their types is a dependency or a peer dependency', () => {
  const { dependencies, peerDependencies } = JSON.parse(read('package.json'));
  const imported = modules()
    .flatMap((name) => [read(`dist/${name}.js`), read(`dist/${name}.d.ts`)])
    .flatMap((text) => [...text.matchAll(/(?:from|import|import\()\s*'([^.'][^']*)'/g)].map(([, name]) => name as string))
    .filter((name) => !isBuiltin(name))
    .map((name) => /^(?:@[^/]+\/)?[^/]+/.exec(name)?.[0]);
  const declared = Object.keys({ ...dependencies, ...peerDependencies });
  expect([...new Set(imported)].filter((name) => !declared.includes(name as string))).toEqual([]);
  expect(imported).toContain('@opentelemetry/api');
});

test('publint reports no problem', async () => {
  const bytes = new Uint8Array(readFileSync(tarball.path));
  const { messages, pkg } = await publint({ pack: { tarball: bytes.buffer }, level: 'suggestion', strict: true });
  expect(messages.map((message) => formatMessage(message, pkg, { color: false }))).toEqual([]);
});

test('Are the Types Wrong? reports no problem for any module resolution', async () => {
  const result = await checkPackage(createPackageFromTarballData(new Uint8Array(readFileSync(tarball.path))));
  expect(result.types && result.problems).toEqual([]);
});
