// docker-compose.flagd.yml: the services get the faults from a real flagd. Left out where its image cannot be pulled.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { until } from '../support/until.ts';
import { compose, fault, spansOf, write } from './stack.ts';

const withFlagd = (...args: string[]) => compose('--file', 'docker-compose.yml', '--file', 'docker-compose.flagd.yml', ...args);
const hasImage = succeeds('pull', '--quiet', '--policy', 'missing', 'flagd');
if (!hasImage) console.log('the image of flagd cannot be pulled: docker-compose.flagd.yml is skipped');

describe.skipIf(!hasImage)('flagd', () => {
  beforeAll(() => {
    fault('off');
    withFlagd('up', '--detach', '--no-build', '--wait', 'flagd', 'backend', 'frontend');
  }, 120_000);

  afterAll(() => {
    fault('off');
    compose('up', '--detach', '--no-build', '--wait', '--remove-orphans', 'backend', 'frontend');
  }, 120_000);

  test('a fault that is switched on in the file slows down the next writes, and no longer when it is off', async () => {
    expect(await isSlow()).toBe(false);
    fault('slow-database');
    await until('a slow write', isSlow);
    fault('off');
    await until('a fast write', async () => !(await isSlow()));
  });

  test('without flagd a service starts with all faults off, and follows flagd once it runs', async () => {
    fault('slow-database');
    withFlagd('stop', 'flagd');
    const since = new Date().toISOString();
    withFlagd('restart', 'backend');
    withFlagd('up', '--detach', '--no-build', '--no-deps', '--wait', 'backend');
    expect(withFlagd('logs', '--since', since, 'backend')).toContain('flagd at flagd:8015 does not respond');
    expect(await isSlow()).toBe(false);
    withFlagd('start', 'flagd');
    await until('a slow write', isSlow);
  });
});

/** Writes a number. @returns whether its INSERT had to wait for the fault, which the backend's span tells */
async function isSlow(): Promise<boolean> {
  const { traceId } = await write();
  await until('its four spans', async () => (await spansOf(traceId)).length === 4);
  return (await spansOf(traceId)).some(({ attributes }) => attributes['db.query.text']?.toString().includes('pg_sleep'));
}

function succeeds(...args: string[]): boolean {
  try {
    withFlagd(...args);
    return true;
  } catch {
    return false;
  }
}
