/** Opens the runner's page, which works, in Chromium: `start-chromium.mjs MODULES CHROMIUM ORIGIN`. */
import { createRequire } from 'node:module';
import { join } from 'node:path';

const [modules, executablePath, origin] = process.argv.slice(2);
const { chromium } = createRequire(join(modules, 'x.js'))('playwright-core');

const browser = await chromium.launch({
  executablePath,
  // Servers of vectors know nothing of CORS; what a browser makes of it has cases of its own.
  args: ['--no-sandbox', '--disable-web-security'],
});
const page = await browser.newPage();
page.on('pageerror', (error) => process.stderr.write(`${error}\n`));
page.on('crash', () => process.exit(1));
await page.goto(`${origin}/page`);
await page.waitForFunction(() => globalThis.isDone !== undefined, undefined, { timeout: 0 });
const failure = await page.evaluate(() => globalThis.isDone);
if (failure !== '') process.stderr.write(`${failure}\n`);
await browser.close();
process.exitCode = failure === '' ? 0 : 1;
