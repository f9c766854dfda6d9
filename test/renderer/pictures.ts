import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { join, normalize } from 'node:path';
import { parseArgs } from 'node:util';
import axe from 'axe-core';
import { chromium, type Page } from 'playwright-core';
import { build } from 'vite';
import { root } from '../../build/run.ts';

/*
 * Draws every screen of the window in dark and light at both sizes into test-output/pictures, named after its mockup, and
 * asks axe what is wrong with it. `--only NAME` draws one; `--quick` only dark at the usual size.
 */
const { values: options } = parseArgs({ options: { only: { type: 'string' }, quick: { type: 'boolean', default: false } } });
const out = join(root, 'test-output/pictures');

interface Shot {
  /** As its mockup, where it has one. */
  name: string;
  scene?: string;
  path: string;
  /** What is done on the page before the picture. */
  act?: (page: Page) => Promise<void>;
}

const shop = '/hosts/fra-1/apps/shop-api';
const deploy = async (page: Page) => {
  await page.getByRole('button', { name: 'Deploy', exact: true }).first().click();
  await page.getByRole('button', { name: 'Choose a folder' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Deploy', exact: true }).click();
};

const shots: Shot[] = [
  { name: 'a-first-start', scene: 'no-servers', path: '/' },
  {
    name: 'a-fingerprint',
    scene: 'no-servers',
    path: '/',
    act: async (page) => {
      await page.getByRole('button', { name: 'Connect to fra-1' }).click();
      await page.getByLabel('Or paste its answer').fill('256 SHA256:u7QekT0d9mXrW2vAhN4cpL8sY1Bz6fJgoK3tRxD5Mwi root@fra-1 (ED25519)');
    },
  },
  { name: 'a-fingerprint-changed', scene: 'changed-key', path: '/hosts/hel-2/key' },
  {
    name: 'a-wrong-input',
    scene: 'no-servers',
    path: '/',
    act: async (page) => {
      await page.getByLabel('Address', { exact: true }).last().fill('203.0.113');
      await page.getByLabel('Port').fill('70000');
      await page.getByLabel('User').fill('Ana');
      await page.getByLabel('Address', { exact: true }).last().focus();
    },
  },
  {
    name: 'a-check-up',
    scene: 'no-servers',
    path: '/',
    act: async (page) => {
      await page.getByRole('button', { name: 'Connect to fra-1' }).click();
      await page.getByRole('button', { name: 'It is my server, sign in' }).click();
    },
  },
  { name: 'b-host', path: '/hosts/fra-1' },
  { name: 'b-host-unprepared', scene: 'unprepared', path: '/hosts/fra-1' },
  { name: 'b-host-settings', path: '/hosts/fra-1/settings' },
  { name: 'c-apps', path: '/hosts/fra-1/apps' },
  { name: 'c-apps-none', scene: 'first-app', path: '/hosts/fra-1/apps' },
  { name: 'd-app', path: shop },
  { name: 'd-app-settings', path: `${shop}/settings` },
  { name: 'd-app-rollback', path: shop, act: async (page) => page.keyboard.press('Control+u') },
  { name: 'd-app-failed', path: '/hosts/fra-1/apps/invoice-pdf' },
  { name: 'e-deploy-running', scene: 'deploying', path: shop, act: deploy },
  { name: 'e-deploy-failed', path: `${shop}/deployments/49` },
  {
    name: 'f-import',
    path: '/hosts/fra-1/apps',
    act: async (page) => {
      await page.getByRole('button', { name: 'Add an app' }).click();
      await page.getByRole('button', { name: 'Choose a folder' }).click();
    },
  },
  { name: 'g-logs', path: `${shop}/logs`, act: async (page) => page.getByLabel('Only lines with this text').fill('v1') },
  { name: 'h-terminal', path: `${shop}/terminal`, act: async (page) => page.locator('.xterm-rows').getByText('search.sqlite').waitFor() },
  { name: 'k-deployments', path: `${shop}/deployments` },
  {
    name: 'l-palette',
    path: shop,
    act: async (page) => {
      await page.keyboard.press('Control+k');
      await page.getByPlaceholder('Search or run').fill('log');
    },
  },
  {
    name: 'l-palette-operation',
    path: shop,
    act: async (page) => {
      await page.keyboard.press('Control+k');
      await page.getByPlaceholder('Search or run').fill('deployments cancel');
      await page.keyboard.press('Enter');
    },
  },
  { name: 'm-settings', path: '/settings' },
  { name: 'm-states-no-answer', path: '/hosts/nbg-lab' },
  { name: 'm-states-changed-key', scene: 'changed-key', path: '/hosts/hel-2' },
  { name: 'm-states-slow', scene: 'slow', path: '/hosts/fra-1', act: async (page) => page.waitForTimeout(450) },
  { name: 'm-states-question', scene: 'asks', path: '/hosts/nbg-lab', act: async (page) => page.getByRole('button', { name: 'Try now' }).click() },
  { name: 'm-states-confirm', scene: 'asks', path: '/hosts/fra-1/apps/invoice-pdf/settings', act: async (page) => page.getByRole('button', { name: 'Remove…' }).click() },
  {
    name: 'm-states-gone',
    path: '/hosts/fra-1',
    act: async (page) => page.evaluate(() => (window as unknown as { board: { setBackend(state: string): void } }).board.setBackend('gone')),
  },
];

/** The page as the app serves it, its CSP included. */
async function served(folder: string): Promise<{ url: string; close: () => void }> {
  const types: Record<string, string> = { html: 'text/html', js: 'text/javascript', css: 'text/css', woff2: 'font/woff2' };
  const server = createServer((request, response) => {
    const path = normalize(new URL(request.url ?? '/', 'http://x').pathname);
    try {
      const body = readFileSync(join(folder, path === '/' ? 'index.html' : path));
      response.writeHead(200, {
        'content-type': types[path === '/' ? 'html' : (path.split('.').pop() ?? '')] ?? 'application/octet-stream',
        'content-security-policy':
          "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; font-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'",
      });
      response.end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return { url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/`, close: () => server.close() };
}

const page = join(root, 'node_modules/.cache/pictures/page');
const fake = join(root, 'node_modules/.cache/pictures/fake');
await build({ configFile: join(root, 'renderer/vite.config.ts'), logLevel: 'error', build: { outDir: page } });
await build({
  configFile: false,
  logLevel: 'error',
  build: { outDir: fake, emptyOutDir: true, lib: { entry: join(root, 'test/renderer/scenes.ts'), formats: ['iife'], name: 'fake', fileName: () => 'fake.js' } },
});
const fakeText = readFileSync(join(fake, 'fake.js'), 'utf8');

mkdirSync(out, { recursive: true });
if (options.only === undefined) rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });
const site = await served(page);
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
    '--force-color-profile=srgb',
  ],
});
const sizes = options.quick
  ? [[1280, 800]]
  : [
      [1280, 800],
      [1024, 700],
    ];
const themes = options.quick ? (['dark'] as const) : (['dark', 'light'] as const);
let serious = 0;
for (const shot of shots.filter(({ name }) => options.only === undefined || name === options.only || name.startsWith(`${options.only}-`))) {
  for (const [width = 1280, height = 800] of sizes) {
    for (const theme of themes) {
      const context = await browser.newContext({ viewport: { width, height }, colorScheme: theme, bypassCSP: true, reducedMotion: 'reduce' });
      const tab = await context.newPage();
      const name = [shot.name, width === 1280 ? '' : String(width), theme].filter(Boolean).join('-');
      tab.on('pageerror', (error) => console.error(`${name}: ${error.message}`));
      tab.on('console', (message) => message.type() === 'error' && !message.text().includes('404') && console.error(`${name}: ${message.text()}`));
      await tab.addInitScript(`window.scene = ${JSON.stringify(shot.scene ?? 'usual')};\n${fakeText}`);
      await tab.goto(`${site.url}#${shot.path}`);
      try {
        await tab.waitForTimeout(250);
        await shot.act?.(tab);
        await tab.waitForTimeout(250);
      } catch (error) {
        serious += 1;
        console.error(`${name}: ${String(error).split('\n')[0]}`);
      }
      await tab.screenshot({ path: join(out, `${name}.png`) });
      const wide = await tab.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      if (wide > 0) console.error(`${name}: ${wide} px wider than the window`);
      await tab.evaluate(axe.source);
      const found = await tab.evaluate(async () => {
        const { violations } = await (
          window as unknown as {
            axe: { run(context: unknown, options: unknown): Promise<{ violations: { id: string; impact: string; nodes: { html: string; any: { message: string }[] }[] }[] }> };
          }
        ).axe.run(document, { resultTypes: ['violations'] });
        return violations.map(
          ({ id, impact, nodes }) =>
            `${impact} ${id}: ${nodes
              .slice(0, 3)
              .map(({ html, any }) => `${html.slice(0, 140)} ${any[0]?.message ?? ''}`)
              .join(' | ')}`,
        );
      });
      for (const one of found) {
        if (/^(serious|critical)/.test(one)) serious += 1;
        console.error(`${name}: ${one}`);
      }
      await context.close();
    }
  }
}
await browser.close();
site.close();
console.log(`Pictures are in test-output/pictures. ${serious} serious findings.`);
process.exitCode = serious === 0 ? 0 : 1;
