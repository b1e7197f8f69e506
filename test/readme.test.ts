// What the documentation refers to exists, and it lists all that can be set.
import { execFileSync } from 'node:child_process';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { Config as BackendConfig } from '../backend/config.ts';
import { Config as FrontendConfig } from '../frontend/config.ts';
import { root } from './support/service.ts';

const pages = ['README.md', 'SECURITY.md', 'telemetry/README.md', ...globSync('docs/*.md', { cwd: root })].map((path) => ({
  path,
  text: readFileSync(join(root, path), 'utf8'),
}));
const allText = pages.map(({ text }) => text).join('\n');
const dotEnv = readFileSync(join(root, '.env'), 'utf8');

test('README.md has at most 120 lines', () => {
  expect(readFileSync(join(root, 'README.md'), 'utf8').split('\n').length).toBeLessThanOrEqual(121);
});

test('each link to a file is valid', () => {
  const links = pages.flatMap(({ path, text }) =>
    [...text.matchAll(/\]\((?!https?:|#)([^)#]+)(?:#[^)]*)?\)/g)].map(([, link]) => join(dirname(path), link as string)),
  );
  expect(links.length).toBeGreaterThan(30);
  expect(links.filter((path) => !existsSync(join(root, path)))).toEqual([]);
});

test('each page of docs/ is listed in README.md', () => {
  const readme = pages[0]?.text ?? '';
  const listed = pages.filter(({ path }) => path.startsWith('docs/') && !readme.includes(`(${path})`)).map(({ path }) => path);
  expect(listed).toEqual([]);
});

test('each documented command of make and npm exists', () => {
  const listed = [...execFileSync('make', ['help', 'MODE=local'], { cwd: root, encoding: 'utf8' }).matchAll(/make (\w+) /g)].map(
    ([, name]) => name,
  );
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const known = [...listed.map((name) => `make ${name}`), ...Object.keys(scripts).map((name) => `npm run ${name}`)];
  const named = [...allText.matchAll(/(?<=[`;] ?|^ *)(?:make|npm run) [\w:]+/gm)].map(([command]) => command);
  expect(new Set(named).size).toBeGreaterThan(15);
  expect(named.filter((command) => !known.includes(command))).toEqual([]);
});

test('each setting of a service is in its table with its default, or in .env', () => {
  for (const [name, schema] of Object.entries({ ...FrontendConfig.properties, ...BackendConfig.properties })) {
    if (new RegExp(`^${name}=`, 'm').test(dotEnv)) continue;
    const row = allText.split('\n').find((line) => line.startsWith('| `') && line.split(' | ')[0]?.includes(`\`${name}\``));
    expect(row, name).toBeDefined();
    if ('default' in schema) expect(row).toContain(`\`${schema.default}\``);
  }
});

test('docs/configuration.md lists each variable that the demo reads, and no other', () => {
  const namesIn = (file: string, pattern: RegExp) =>
    [...readFileSync(join(root, file), 'utf8').matchAll(pattern)].map(([, name]) => name as string);
  const read = new Set([
    ...['MODE', 'DEMO_CLOUD', 'DEMO_FLAGD'], // of the scripts
    ...namesIn('.env', /^([A-Z_]+)=/gm),
    ...['docker-compose.yml', 'docker-compose.cloud.yml'].flatMap((file) => namesIn(file, /\$\{([A-Z_]+)/g)),
    ...namesIn('docker-compose.yml', /^ +([A-Z_]+):$/gm),
    ...namesIn('local/settings.ts', /^ +([A-Z_]+):/gm),
    ...Object.keys({ ...FrontendConfig.properties, ...BackendConfig.properties }),
  ]);
  const cells = namesIn('docs/configuration.md', /^\| (`[A-Z_`, ]+) \|/gm);
  const listed = cells.flatMap((cell) => cell.match(/[A-Z_]+/g) ?? []);
  expect(listed.toSorted()).toEqual([...read].toSorted());
});

test('containers and local mode run the same Node.js', () => {
  const { dependencies } = JSON.parse(readFileSync(join(root, 'local/package.json'), 'utf8'));
  expect(readFileSync(join(root, 'Dockerfile'), 'utf8')).toContain(`FROM node:${dependencies.node}-slim`);
});
