// Each lesson on the stack in containers: its check is red once it has begun, and green after the fault is switched off.
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { fault, root } from './stack.ts';

const lessons = readdirSync(join(root, 'lessons'))
  .filter((file) => file.endsWith('.md'))
  .map((file) => file.replace('.md', ''));

afterAll(() => fault('off'));

function lesson(name: string, check = ''): { status: number | null; output: string } {
  const { status, stdout, stderr } = spawnSync('make', ['lesson', `NAME=${name}`, `CHECK=${check}`, 'MODE=docker'], {
    cwd: root,
    encoding: 'utf8',
  });
  return { status, output: stdout + stderr };
}

test.each(lessons)('%s', { timeout: 180_000 }, (name) => {
  expect(lesson(name)).toEqual({ status: 0, output: expect.stringMatching(/ {2}measured {3}\S.*\n {2}trace {6}[0-9a-f]{32}\n/) });
  expect(lesson(name, '1')).toEqual({ status: 2, output: expect.stringContaining('not fixed') });
  fault('off');
  let checked = lesson(name, '1');
  for (let attempt = 0; attempt < 2 && checked.status !== 0; attempt += 1) checked = lesson(name, '1'); // the services see it within 200 ms
  expect(checked).toEqual({ status: 0, output: expect.stringContaining('fixed ') });
});
