// Makes the pictures of the README from a real run: make up MODE=local, then npm run picture.
import { fileURLToPath } from 'node:url';
import type { Span } from '../page/stores/stores.ts';
import { startBrowser } from '../test/support/browser.ts';

const frontend = `http://localhost:${process.env.FRONTEND_PORT}`;

for (let warmUp = 0; warmUp < 50; warmUp += 1) await fetch(`${frontend}/write`, { method: 'POST' });

const browser = await startBrowser();
const look = { deviceScaleFactor: 1.5, colorScheme: 'dark' } as const;

const page = await browser.newPage({ ...look, viewport: { width: 1040, height: 790 }, reducedMotion: 'reduce' });
await page.goto(frontend);
await page.locator('#logs li').nth(1).waitFor();
let isNested = false; // spans begin at whole milliseconds: now and then one seems to end after the first
for (let tries = 0; tries < 20 && !isNested; tries += 1) {
  await page.getByRole('button', { name: 'Write a number' }).click();
  await page.getByText(/4 spans in .* 2 log lines/).waitFor();
  const spans: Span[] = await (await fetch(`${frontend}/trace/${await page.innerText('#row-trace')}`)).json();
  isNested = spans.every(({ startMs, durationMs }) => startMs + durationMs <= (spans[0] as Span).durationMs);
}
await page.mouse.move(0, 0);
await page.screenshot({ path: here('front-page.png') });

const viewer = await browser.newPage({ ...look, viewport: { width: 1280, height: 430 } });
await viewer.goto((await page.locator('#row-trace a').getAttribute('href')) as string);
await viewer.getByText('INSERT').first().waitFor();
await viewer.screenshot({ path: here('trace.png') });

console.log(`docs/front-page.png and docs/trace.png show the trace ${await page.innerText('#row-trace')}`);
await browser.close();

function here(name: string): string {
  return fileURLToPath(new URL(name, import.meta.url));
}
