// Makes docs/trace.png, the picture of the README, from a real run: make up MODE=local, then npm run picture.
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const frontend = `http://localhost:${process.env.FRONTEND_PORT}`;
const viewer = `http://localhost:${process.env.UI_PORT}`;

async function write(): Promise<string> {
  const response = await fetch(`${frontend}/write`, { method: 'POST' });
  return ((await response.json()) as { traceId: string }).traceId;
}

for (let warmUp = 0; warmUp < 50; warmUp += 1) await write();
const traceId = await write();

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--disable-quic'],
});
const page = await browser.newPage({ viewport: { width: 1280, height: 430 }, deviceScaleFactor: 1.5, colorScheme: 'dark' });
await page.goto(`${viewer}/#trace=${traceId}`);
await page.getByText('INSERT').first().waitFor();
await page.screenshot({ path: fileURLToPath(new URL('trace.png', import.meta.url)) });
await browser.close();
console.log(`docs/trace.png shows the trace ${traceId}`);
