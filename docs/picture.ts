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
const page = await browser.newPage({
  deviceScaleFactor: 1.5,
  colorScheme: 'dark',
  viewport: { width: 1040, height: 850 },
  reducedMotion: 'reduce',
});
await page.goto(frontend);
await page.locator('#logs li').nth(1).waitFor();
await page.getByRole('button', { name: 'Write a number' }).click();
await page.getByText(/4 spans in .* 2 log lines/).waitFor();
await page.mouse.move(0, 0);
await page.screenshot({ path: pathOf('front-page.png') });

console.log(`docs/front-page.png shows the trace ${await page.innerText('#row-trace')}`);
await browser.close();

function pathOf(name: string): string {
  return fileURLToPath(new URL(name, import.meta.url));
}
