// The identity of a service comes from its package.json, unless OTEL_SERVICE_NAME or OTEL_RESOURCE_ATTRIBUTES is set.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { diag } from '@opentelemetry/api';
import { detectResources } from '@opentelemetry/resources';
import { afterAll, afterEach, beforeEach, expect, test, vi } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'resource-'));
const [, entryPoint] = process.argv;
const warnings: unknown[][] = [];

beforeEach(() => {
  const logger = { error: warn, warn, info() {}, debug() {}, verbose() {} };
  diag.setLogger(logger, { suppressOverrideMessage: true });
  function warn(...message: unknown[]) {
    warnings.push(message);
  }
  return () => diag.disable();
});
afterAll(() => rmSync(folder, { recursive: true }));
afterEach(() => {
  process.argv[1] = entryPoint as string;
  vi.unstubAllEnvs();
  warnings.length = 0;
});

interface Files {
  [path: string]: unknown;
}

/** The resource attributes of a service with these files. Its entry point is `script`, by default main.js. */
async function attributesOf(files: Files, environment: Record<string, string> = {}, script = 'main.js') {
  const root = mkdtempSync(join(folder, 'service-'));
  for (const [path, content] of Object.entries({ ...files, [script]: '' })) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), typeof content === 'string' ? content : JSON.stringify(content));
  }
  process.argv[1] = join(root, script);
  vi.resetModules();
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
  const { resource, resourceDetectors } = await import('../src/resource.ts');
  const found = resource().merge(detectResources({ detectors: resourceDetectors() }));
  await found.waitForAsyncAttributes?.();
  return { name: found.attributes['service.name'], version: found.attributes['service.version'], attributes: found.attributes };
}

test.each<[string, Files, expected: { name: unknown; version: string | undefined }]>([
  ['name and version', { 'package.json': { name: 'shop', version: '1.2.3' } }, { name: 'shop', version: '1.2.3' }],
  ['only a name', { 'package.json': { name: 'tiny', type: 'module' } }, { name: 'tiny', version: undefined }],
  [
    'a version that is not a string',
    { 'package.json': { name: 'shop', version: { major: 1 } } },
    { name: 'shop', version: undefined },
  ],
  [
    'a name that is not a string',
    { 'package.json': { name: 7 } },
    { name: expect.stringMatching(/^unknown_service/), version: undefined },
  ],
  ['an array', { 'package.json': [] }, { name: expect.stringMatching(/^unknown_service/), version: undefined }],
  ['null', { 'package.json': null }, { name: expect.stringMatching(/^unknown_service/), version: undefined }],
  ['text that is not JSON', { 'package.json': '{' }, { name: expect.stringMatching(/^unknown_service/), version: undefined }],
])('service.name and service.version come from a package.json with %s', async (_, files, expected) => {
  expect(await attributesOf(files)).toMatchObject(expected);
  expect(warnings).toEqual([]);
});

test('a package.json without a name in dist/ is ignored', async () => {
  const files = { 'package.json': { name: 'shop', version: '1.2.3' }, 'dist/package.json': { type: 'module', version: '0.0.0' } };
  expect(await attributesOf(files, {}, 'dist/main.js')).toMatchObject({ name: 'shop', version: '1.2.3' });
});

test('a launcher in node_modules does not name the service', async () => {
  const cli = { 'node_modules/cli/package.json': { name: 'cli', version: '9.9.9' } };
  const { name } = await attributesOf(cli, {}, 'node_modules/cli/main.js');
  expect(name).not.toBe('cli');
});

test.each([
  [{ OTEL_SERVICE_NAME: 'own' }, { name: 'own', version: '1.2.3' }],
  [{ OTEL_RESOURCE_ATTRIBUTES: 'service.name=own,service.version=2,' }, { name: 'own', version: '2' }],
  [
    { OTEL_SERVICE_NAME: 'own', OTEL_RESOURCE_ATTRIBUTES: 'service.name=other' },
    { name: 'own', version: '1.2.3' },
  ],
])('%j takes precedence over package.json', async (environment, expected) => {
  expect(await attributesOf({ 'package.json': { name: 'shop', version: '1.2.3' } }, environment)).toMatchObject(expected);
});

test('OTEL_NODE_RESOURCE_DETECTORS selects the detectors; the command line is not detected by default', async () => {
  const service = { 'package.json': { name: 'shop' } };
  const keysWith = async (names?: string) =>
    Object.keys((await attributesOf(service, names ? { OTEL_NODE_RESOURCE_DETECTORS: names } : {})).attributes);
  expect(await keysWith()).toEqual(expect.arrayContaining(['host.name', 'os.type', 'service.instance.id']));
  expect(await keysWith()).not.toContain('process.command_line');
  expect(await keysWith('os,moon')).toContain('os.type');
  expect(await keysWith('os,moon')).not.toContain('host.name');
  expect(await keysWith('all')).toEqual(expect.arrayContaining(['host.name', 'process.pid']));
  expect(await keysWith('none')).toEqual(expect.not.arrayContaining(['host.name', 'os.type']));
});
