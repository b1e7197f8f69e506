// The tables in README.md list exactly what a service emits.
import { readFileSync } from 'node:fs';
import { expect, inject, onTestFinished, test } from 'vitest';
import { createDatabase } from '../../../test/support/postgres.ts';
import type { Emitted } from '../support/emit-everything.ts';
import { startOtlpReceiver } from '../support/otlp-receiver.ts';
import { runApplication } from '../support/run-application.ts';

const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');

test('a service emits exactly what the tables in README.md list', async () => {
  const receiver = await startOtlpReceiver();
  onTestFinished(() => receiver.stop());
  const database = await createDatabase(inject('postgres'), 'emitted');
  const source = `await import('${new URL('../support/emit-everything.ts', import.meta.url).href}')`;
  const env = { ...database, OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint };
  const { code, stdout, stderr } = await runApplication(source, { isTraced: false, env }).finished;
  expect({ code, stderr }).toEqual({ code: 0, stderr: expect.any(String) });
  const emitted: Emitted = JSON.parse(stdout);
  const resource = emitted.resource.filter((name) => name !== 'host.id'); // not every machine has one
  expect({ ...emitted, resource }).toEqual(documented());
});

function documented(): Emitted {
  const { header, rows } = tableOf('attribute', 1);
  const ofSpan = (column: string) => namesIn(rows.filter((cells) => cells[header.indexOf(column)] === '✓'));
  return {
    spans: { server: ofSpan('request'), pg: ofSpan('query'), http: ofSpan('call') },
    events: attributesByName('event'),
    metrics: attributesByName('metric'),
    logRecord: namesIn(tableOf('attribute', 2).rows),
    line: namesIn(tableOf('field', 1).rows),
    resource: namesIn(tableOf('attribute', 3).rows),
  };
}

/** @param number position among the tables whose first column has this heading, from 1 */
function tableOf(heading: string, number: number): { header: string[]; rows: string[][] } {
  const tables = readme.match(/(?<=<!-- a test compares this table .*\n)(\|.*\n)+/g) ?? [];
  const table = tables.filter((text) => text.startsWith(`| ${heading} |`))[number - 1] ?? '';
  const [header = [], , ...rows] = table
    .trim()
    .split('\n')
    .map((line) => line.split('|').slice(1, -1).map((cell) => cell.trim())); // biome-ignore format: short
  return { header, rows };
}

function namesIn(rows: string[][]): string[] {
  return rows.flatMap(([names = '']) => quoted(names)).sort();
}

function attributesByName(heading: string): Record<string, string[]> {
  const { rows } = tableOf(heading, 1);
  return Object.fromEntries(
    rows.flatMap(([names = '', attributes = '']) => quoted(names).map((name) => [name, quoted(attributes).sort()])),
  );
}

function quoted(cell: string): string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, name]) => name as string);
}
