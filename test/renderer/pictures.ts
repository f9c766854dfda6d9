import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join, normalize } from 'node:path';
import { parseArgs } from 'node:util';
import axe from 'axe-core';
import { chromium } from 'playwright-core';
import { build } from 'vite';
import { root } from '../../build/run.ts';
import { absent } from './absent.ts';
import type { Shot } from './pictures/shot.ts';

/*
 * Draws every screen of the window (pictures/*.shots.ts, a file a feature) in dark and light at both sizes into
 * test-output/pictures, named after its mockup, and asks axe what is wrong with it. `--only NAME` draws one; `--quick` only dark
 * at the usual size; `--large` at 4K instead, as it is and at twice the size; `--mockups FOLDER` puts the mockups beside them.
 * index.html shows all, with what a mockup has and ours has not (absent.ts).
 */
const { values: options } = parseArgs({
  options: { only: { type: 'string' }, quick: { type: 'boolean', default: false }, large: { type: 'boolean', default: false }, mockups: { type: 'string' } },
});
const out = join(root, 'test-output/pictures');

const folder = join(root, 'test/renderer/pictures');
const files = readdirSync(folder).filter((file) => file.endsWith('.shots.ts'));
const shots = (await Promise.all(files.map((file) => import(join(folder, file)) as Promise<{ shots: Shot[] }>)))
  .flatMap(({ shots }) => shots)
  .sort((one, other) => (one.name < other.name ? -1 : 1));

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

/** All pictures on one page, each beside its mockup, with what is absent and why. */
function overview(): string {
  const text = (plain: string) => plain.replace(/[&<>]/g, (sign) => `&#${sign.charCodeAt(0)};`);
  const list = (reasons: readonly string[] = []) => (reasons.length === 0 ? '' : `<ul>${reasons.map((reason) => `<li>${text(reason)}</li>`).join('')}</ul>`);
  const mockupOf = (name: string) => Object.keys(absent).find((key) => key !== '' && (name === key || name.startsWith(`${key}-`)));
  const image = (name: string) => `<figure><img loading="lazy" src="${name}"><figcaption>${name}</figcaption></figure>`;
  const rows = shots.map(({ name }) => {
    const mockup = mockupOf(name);
    const pairs = readdirSync(out)
      .filter((file) => /^(1024-)?(dark|light)\.png$/.test(file.slice(name.length + 1)) && file.startsWith(`${name}-`))
      .map((file) => {
        const theirs = mockup === undefined ? '' : `mockup-${mockup}${file.slice(name.length)}`;
        if (options.mockups !== undefined && theirs !== '' && existsSync(join(options.mockups, theirs.slice(7))))
          copyFileSync(join(options.mockups, theirs.slice(7)), join(out, theirs));
        return `<div>${image(file)}${existsSync(join(out, theirs || '-')) ? image(theirs) : ''}</div>`;
      });
    return `<h2>${name}</h2>${mockup === name || name.startsWith('m-states') ? list(absent[mockup ?? '']) : ''}${pairs.join('')}`;
  });
  return `<!doctype html><meta charset="utf-8"><title>The window</title><style>body{font:14px sans-serif;margin:24px;background:#888}img{width:100%}div{display:flex;gap:12px}figure{margin:0 0 12px;flex:0 1 50%}</style><h1>Ours at the left, the mockup at the right</h1>${list(absent[''])}${rows.join('')}`;
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
const usualSizes: [width: number, height: number, scale: number][] = [
  [1280, 800, 1],
  [1024, 700, 1],
];
const largeSizes: typeof usualSizes = [
  [3840, 2160, 1],
  [1920, 1080, 2],
];
const sizes = options.large ? largeSizes : options.quick ? usualSizes.slice(0, 1) : usualSizes;
const themes = options.quick ? (['dark'] as const) : (['dark', 'light'] as const);
let serious = 0;
for (const shot of shots.filter(({ name }) => options.only === undefined || name === options.only || name.startsWith(`${options.only}-`))) {
  for (const [width, height, deviceScaleFactor] of sizes) {
    for (const theme of themes) {
      const context = await browser.newContext({ viewport: { width, height }, deviceScaleFactor, colorScheme: theme, bypassCSP: true, reducedMotion: 'reduce' });
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
        console.error(`${name}: ${String(error).split('\n').slice(0, 6).join(' ')}`);
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
writeFileSync(join(out, 'index.html'), overview());
console.log(`Pictures are in test-output/pictures. ${serious} serious findings.`);
process.exitCode = serious === 0 ? 0 : 1;
