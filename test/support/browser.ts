// Uses an installed Chromium; nothing is downloaded.
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const candidates = process.env.CHROMIUM
  ? [process.env.CHROMIUM]
  : [
      ...(process.env.PATH ?? '').split(delimiter).flatMap((folder) => names.map((name) => join(folder, name))),
      '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
    ];

/** Path of the browser, or undefined if none is found. CHROMIUM overrides it. */
export const chromiumPath = candidates.find(isExecutable);

/** Starts it headless, with all connections to the browser vendor disabled. */
export function startBrowser(): Promise<Browser> {
  if (!chromiumPath) throw new Error('no Chromium is here: install it, or set CHROMIUM to its path');
  return chromium.launch({
    executablePath: chromiumPath,
    args: ['--no-sandbox', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--disable-quic'],
  });
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
