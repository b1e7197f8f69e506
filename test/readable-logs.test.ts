// make logs on a terminal: a JSON line of a service becomes its time, level, message and trace id.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { root } from './support/service.ts';

const line = '{"level":40,"time":1764122400000,"msg":"write failed","trace_id":"0af7651916cd43dd8448eb211c80319c"}';
const readable = '02:00:00 WARN write failed  trace 0af7651916cd43dd8448eb211c80319c';

function readableLogs(input: string): string {
  return execFileSync(join(root, 'scripts/readable-logs.sh'), {
    input,
    encoding: 'utf8',
    env: { PATH: process.env.PATH, TZ: 'UTC' },
  });
}

test('the lines of docker compose logs', () => {
  const input = `backend-1  | ${line}\nloki-1     | level=info msg="a | in a message"\n`;
  expect(readableLogs(input)).toBe(`backend-1  ${readable}\nloki-1     level=info msg="a | in a message"\n`);
});

test('the lines of tail for several files', () => {
  const input = `==> .local/backend.log <==\n${line}\n\n==> .local/postgres.log <==\nLOG:  a | in a message\n`;
  expect(readableLogs(input)).toBe(`backend    ${readable}\npostgres   LOG:  a | in a message\n`);
});
