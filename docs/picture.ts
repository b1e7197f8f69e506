// Creates the pictures in docs/ from a running stack: make up, then npm run picture. With MODE=docker, those of Grafana; with MODE=local,
// that of the front page.
import { fileURLToPath } from 'node:url';
import { startBrowser } from '../test/support/browser.ts';

const { ok: isGrafana } = await fetch(`http://localhost:${process.env.UI_PORT}/api/health`);
if (isGrafana) {
  const { takeGrafanaPictures } = await import('./grafana-pictures.ts');
  console.log(await takeGrafanaPictures(pathOf));
  process.exit();
}

const frontend = `http://localhost:${process.env.FRONTEND_PORT}`;

for (let warmUp = 0; warmUp < 50; warmUp += 1) await fetch(`${frontend}/write`, { method: 'POST' });

const browser = await startBrowser();
const height = 850;
const page = await openPage(720);
await page.goto(frontend);
await page.addStyleTag({ content: '#break { display: none }' });
await page.locator('#logs li').nth(1).waitFor();
const outcome = page.locator('#result');

const stored = await takeWrite(/4 spans in .* 2 log lines/);
await setFaults(['failing-writes']);
const failed = await takeWrite(/Write failed/).finally(() => setFaults([]));

const both = await openPage(1460);
const images = [stored, failed].map((png) => `<img width=720 src="data:image/png;base64,${png.toString('base64')}">`);
await both.setContent(
  `<body style="margin: 0; display: flex; justify-content: space-between; background: #30363d">${images.join('')}`,
);
await both.screenshot({ path: pathOf('front-page.png') });
await browser.close();
console.log('written: docs/front-page.png');

function openPage(width: number) {
  return browser.newPage({
    deviceScaleFactor: 1.5,
    colorScheme: 'dark',
    viewport: { width, height },
    reducedMotion: 'reduce',
    bypassCSP: true,
  });
}

/** Writes until the outcome is the expected one. @returns a picture of the page */
async function takeWrite(expected: RegExp): Promise<Buffer> {
  do {
    await page.getByRole('button', { name: 'Write a number' }).click();
    await outcome.filter({ hasText: /2 log lines|Write failed/ }).waitFor();
  } while (!expected.test(await outcome.innerText()));
  await page.locator('#logs li').nth(1).waitFor();
  await page.mouse.move(0, 0);
  return page.screenshot();
}

async function setFaults(on: string[]): Promise<void> {
  await fetch(`${frontend}/faults`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ on }),
  });
}

function pathOf(name: string): string {
  return fileURLToPath(new URL(name, import.meta.url));
}
