// "Latest traces" on Home while writes run: no trace is newer than those it shows, as long as there are fewer than its limit.
import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { dashboards } from '../docker/queries.ts';
import { searchTraces, write } from '../docker/stack.ts';
import { until } from '../support/until.ts';

const answers = 40;
const tracesBefore = 300; // in many blocks
const home = dashboards.find(({ uid }) => uid === 'home');
const panel = home.panels.find(({ title }: any) => title === 'Latest traces');
const [{ query, limit }] = panel.targets;
const shown: number = panel.transformations.find(({ id }: any) => id === 'limit').options.limitField;
const rangeMinutes = Number(/^now-(\d+)m$/.exec(home.time.from)?.[1]);
const allTraces = 20_000; // Tempo finds every trace when the limit is above the number of matches

test('Latest traces shows all of the newest traces under load', async () => {
  expect(rangeMinutes).toBeGreaterThan(0);
  const load = startWrites();
  const omitted: number[] = [];
  try {
    await until('traces in many blocks', async () => (await search(allTraces)).length > tracesBefore);
    for (let answer = 0; answer < answers; answer += 1) omitted.push(await countOmitted());
  } finally {
    await load.stop();
  }
  const found = (await search(allTraces)).length;
  expect(found, 'traces of 15 minutes, more than the panel searches for: make clean removes them').toBeLessThan(limit);
  expect(omitted).toEqual(Array(answers).fill(0));
});

/** Traces of the panel, newest first. */
async function search(searchLimit: number) {
  const end = Math.ceil(Date.now() / 1000);
  const found: any[] = await searchTraces(query, { start: end - 60 * rangeMinutes, end, limit: searchLimit });
  return found.sort((a, b) => Number(BigInt(b.startTimeUnixNano) - BigInt(a.startTimeUnixNano)));
}

/** Of the newest traces that search could already find, those that the panel leaves out although it shows older ones. */
async function countOmitted(): Promise<number> {
  const newest = (await search(allTraces)).slice(0, shown);
  const rows = (await search(limit)).slice(0, shown);
  const ids = new Set(rows.map(({ traceId }) => traceId));
  const oldest = BigInt(rows.at(-1)?.startTimeUnixNano ?? 0);
  return newest.filter(({ traceId, startTimeUnixNano }) => !ids.has(traceId) && BigInt(startTimeUnixNano) > oldest).length;
}

function startWrites() {
  let running = true;
  const done = (async () => {
    while (running) {
      await write();
      await pause(100); // with few traces in each block, Tempo has many blocks to search
    }
  })();
  return {
    async stop() {
      running = false;
      await done;
    },
  };
}
