import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join, normalize } from 'node:path';
import { parseArgs } from 'node:util';
import axe from 'axe-core';
import { chromium, type Page } from 'playwright-core';
import { build } from 'vite';
import { root } from '../../build/run.ts';
import { absent } from './absent.ts';

/*
 * Draws every screen of the window in dark and light at both sizes into test-output/pictures, named after its mockup, and
 * asks axe what is wrong with it. `--only NAME` draws one; `--quick` only dark at the usual size; `--large` at 4K instead, as it is and
 * at twice the size; `--mockups FOLDER` puts the
 * mockups beside them. index.html shows all, with what a mockup has and ours has not (absent.ts).
 */
const { values: options } = parseArgs({
  options: { only: { type: 'string' }, quick: { type: 'boolean', default: false }, large: { type: 'boolean', default: false }, mockups: { type: 'string' } },
});
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

const changeVariables = async (page: Page) => {
  await page.getByRole('button', { name: 'Remove LEGACY_SKU_API' }).click();
  await page.getByRole('button', { name: 'Change WEB_WORKERS' }).click();
  await page.getByLabel('Value of WEB_WORKERS').fill('6');
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Add', exact: true }).click();
  await page.getByLabel('Name', { exact: true }).fill('STRIPE_WEBHOOK_SECRET');
  await page.getByLabel('Value', { exact: true }).fill('whsec_0123456789abcdef');
};

const changeSettings = async (page: Page) => {
  await page.getByLabel('processes').fill('mail: python mail.py --queue default\nsync: python sync.py\nreports: python reports.py');
  await page.getByLabel('workers').fill('4');
};

const shots: Shot[] = [
  { name: 'a-first-start', scene: 'no-servers', path: '/' },
  {
    name: 'x-files',
    path: '/hosts/fra-1/files',
    act: async (page) => {
      await page.getByRole('row', { name: 'check.py, file' }).hover();
      await page.getByRole('button', { name: 'Copy check.py to this computer' }).click();
      await page.getByRole('button', { name: 'Upload files' }).click();
      await page.getByText('is there already').waitFor();
    },
  },
  {
    name: 'x-files-view-hidden',
    path: '/hosts/fra-1/files',
    act: async (page) => {
      await page.getByRole('row', { name: 'deploy notes.md, file' }).click();
      await page.getByText('cannot be seen').waitFor();
    },
  },
  {
    name: 'x-files-keys',
    path: '/hosts/fra-1/files',
    act: async (page) => {
      await page.getByRole('row', { name: 'exports, folder' }).focus();
      await page.keyboard.press('ArrowDown');
      await page.keyboard.press('ArrowDown');
    },
  },
  { name: 'x-keys', path: '/keys', act: (page) => page.getByRole('button', { name: 'Ask all 3 servers' }).click() },
  {
    name: 'x-keys-new',
    path: '/keys',
    act: async (page) => {
      await page.getByRole('button', { name: 'New key' }).click();
      await page.getByLabel('Name').fill('id_lab');
    },
  },
  { name: 'x-forwards-none', path: '/hosts/fra-1/forwards' },
  {
    name: 'x-forwards',
    path: '/hosts/fra-1/apps/shop-api',
    act: async (page) => {
      await page.getByRole('button', { name: 'Open locally' }).click();
      await page.getByRole('link', { name: 'Open', exact: true }).click();
      const port = page.getByLabel('Port that fra-1 reaches');
      for (const number of ['8025', '6379']) {
        await port.fill(number);
        await page.keyboard.press('Enter');
      }
      await page.getByText('another program listens there').waitFor();
      await page.getByRole('radio', { name: 'From the server' }).click();
    },
  },
  {
    name: 'x-databases',
    path: '/hosts/fra-1/apps/shop-api',
    act: async (page) => {
      await page.getByRole('button', { name: 'Open locally' }).click();
      await page.getByText('postgresql://shop@127.0.0.1').waitFor();
    },
  },
  { name: 'x-files-denied', path: '/hosts/hel-2/files/%252Froot', act: async (page) => page.getByText('may not list').waitFor() },
  {
    name: 'x-files-copied',
    path: '/hosts/fra-1/files',
    act: async (page) => {
      await page.getByRole('row', { name: 'settings.toml, file' }).hover();
      await page.getByRole('button', { name: 'Copy settings.toml to this computer' }).click();
      await page.getByRole('button', { name: 'Show in folder' }).waitFor();
    },
  },
  { name: 'x-files-more', path: '/hosts/fra-1/files/%252Fvar%252Fspool', act: async (page) => page.getByText('Not all is shown').waitFor() },
  {
    name: 'x-files-as-root',
    path: '/hosts/hel-2/files/%252Froot',
    act: async (page) => {
      await page.getByRole('button', { name: 'Look as root' }).click();
      await page.getByRole('row', { name: 'check.py, file' }).hover();
      await page.getByRole('button', { name: 'Copy check.py to this computer' }).click();
      await page.getByRole('region', { name: 'Copies' }).waitFor();
    },
  },
  { name: 'x-files-view', path: '/hosts/fra-1/files', act: (page) => page.getByRole('row', { name: 'check.py, file' }).click() },
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
  { name: 'b-host-adoptions', scene: 'adoptions', path: '/hosts/fra-1', act: async (page) => page.getByText('more that ForgeBoard does not take over').scrollIntoViewIfNeeded() },
  { name: 'b-host-take', scene: 'adoptions', path: '/hosts/fra-1', act: async (page) => page.getByRole('button', { name: 'Take over…' }).first().click() },
  { name: 'd-app-taken', scene: 'adoptions', path: '/hosts/fra-1/apps/blog' },
  { name: 'd-app-move', scene: 'adoptions', path: '/hosts/fra-1/apps/blog', act: async (page) => page.getByRole('button', { name: 'Move to slots…' }).click() },
  { name: 'd-app-move-hindered', scene: 'adoptions-hindered', path: '/hosts/fra-1/apps/blog', act: async (page) => page.getByRole('button', { name: 'Move to slots…' }).click() },
  { name: 'x-known-hosts', path: '/known-hosts' },
  { name: 'x-known-hosts-none', scene: 'no-servers', path: '/known-hosts' },
  { name: 'b-host-settings', path: '/hosts/fra-1/settings' },
  { name: 'c-apps', path: '/hosts/fra-1/apps' },
  { name: 'c-apps-none', scene: 'first-app', path: '/hosts/fra-1/apps' },
  { name: 'd-app', path: shop },
  { name: 'd-app-settings', path: `${shop}/settings` },
  { name: 'c-apps-removed', scene: 'removed', path: '/hosts/fra-1/apps', act: async (page) => page.getByText('Removed apps').scrollIntoViewIfNeeded() },
  { name: 'd-app-runbook', scene: 'removed', path: `${shop}/settings`, act: async (page) => page.getByRole('button', { name: 'Show the runbook' }).click() },
  { name: 'd-app-rollback', path: shop, act: async (page) => page.keyboard.press('Control+u') },
  { name: 'd-app-failed', path: '/hosts/fra-1/apps/invoice-pdf' },
  { name: 'e-deploy-running', scene: 'deploying', path: shop, act: deploy },
  { name: 'e-deploy-failed', path: `${shop}/deployments/49` },
  {
    name: 'f-import-exact',
    path: '/import',
    act: async (page) => {
      await page.getByRole('button', { name: 'Choose a folder' }).click();
      await page.getByText('; nothing has been sent').waitFor();
      await page.getByRole('button', { name: 'Exact changes' }).click();
      await page.getByText('ExecStart').waitFor();
    },
  },
  { name: 'f-new-app', path: '/new', act: async (page) => page.getByLabel('Name', { exact: true }).fill('shop') },
  {
    name: 'f-new-app-own',
    path: '/new',
    act: async (page) => {
      await page.getByRole('button', { name: 'Add your own' }).click();
      await page.getByLabel('Git repository').fill('git@git.example.com:ana/shop-base.git');
      await page.getByRole('button', { name: 'Add it' }).click();
    },
  },
  {
    name: 'f-import-refused',
    scene: 'refused',
    path: '/hosts/fra-1/apps',
    act: async (page) => {
      await page.getByRole('button', { name: 'Add an app' }).click();
      await page.getByRole('button', { name: 'Choose a folder' }).click();
      await page.getByRole('dialog').getByRole('button', { name: 'Deploy', exact: true }).click();
      await page.getByText('There is no folder').waitFor();
    },
  },
  {
    name: 'f-import-again',
    scene: 'again',
    path: shop,
    act: async (page) => {
      await page.keyboard.press('Control+d');
      await page.getByText('As the last time').waitFor();
    },
  },
  {
    name: 'f-import-dialog',
    path: '/hosts/fra-1/apps',
    act: async (page) => {
      await page.getByRole('button', { name: 'Add an app' }).click();
      await page.getByRole('button', { name: 'Choose a folder' }).click();
    },
  },
  {
    name: 'g-logs',
    path: `${shop}/logs`,
    act: async (page) => {
      await page.getByLabel('Mark this text').fill('basket');
      await page.getByRole('log').hover();
      await page.mouse.wheel(0, -300);
    },
  },
  {
    name: 'g-logs-requests',
    path: `${shop}/logs`,
    act: async (page) => {
      await page.getByLabel('Source').selectOption({ label: 'Requests' });
      await page.getByRole('button', { name: 'All fields' }).last().click();
    },
  },
  { name: 'b-host-journal', path: '/hosts/fra-1/logs' },
  { name: 'h-terminal', path: `${shop}/terminal`, act: async (page) => page.locator('.xterm-rows').getByText('search.sqlite').waitFor() },
  {
    name: 'h-terminal-split',
    path: `${shop}/terminal`,
    act: async (page) => {
      await page.locator('.xterm-rows').getByText('search.sqlite').waitFor();
      await page.keyboard.press('Control+Shift+Backslash');
      await page.locator('.pane').nth(1).getByText('search.sqlite').waitFor();
      await page.keyboard.press('Control+Shift+Backslash');
      await page.locator('.pane').nth(2).getByText('search.sqlite').waitFor();
      await page.keyboard.press('Control+Shift+ArrowLeft');
      await page.keyboard.press('Control+Shift+f');
      await page.getByLabel('Search for').fill('orders');
      await page.getByText(' of 2').waitFor();
    },
  },
  {
    name: 'h-terminal-prompts',
    scene: 'prompts',
    path: `${shop}/terminal`,
    act: async (page) => page.locator('.prompt-mark.wrong').waitFor(),
  },
  {
    name: 'h-terminal-paste',
    path: `${shop}/terminal`,
    act: async (page) => {
      await page.locator('.xterm-rows').getByText('search.sqlite').waitFor();
      await page.keyboard.press('Control+Shift+v');
      await page.getByRole('dialog').waitFor();
    },
  },
  {
    name: 'h-terminal-snippets',
    path: `${shop}/terminal`,
    act: async (page) => {
      await page.locator('.xterm-rows').getByText('search.sqlite').waitFor();
      await page.keyboard.press('Control+Shift+s');
      await page.getByRole('option', { name: 'Reload nginx' }).hover();
    },
  },
  {
    name: 'h-terminal-recorded',
    path: `${shop}/terminal`,
    act: async (page) => {
      await page.locator('.xterm-rows').getByText('search.sqlite').waitFor();
      await page.getByRole('button', { name: 'Record in a file' }).click();
      await page.getByRole('button', { name: 'Stop recording' }).click();
      await page.getByRole('button', { name: 'Record in a file' }).click();
      await page.getByRole('img', { name: 'recorded' }).waitFor();
    },
  },
  {
    name: 'h-terminal-snippet-new',
    path: `${shop}/terminal`,
    act: async (page) => {
      await page.locator('.xterm-rows').getByText('search.sqlite').waitFor();
      await page.keyboard.press('Control+Shift+s');
      await page.getByRole('button', { name: 'New snippet' }).click();
      await page.getByRole('button', { name: 'Save' }).click();
      await page.getByText('The text is empty').waitFor();
    },
  },
  { name: 'i-environment', path: `${shop}/variables`, act: changeVariables },
  { name: 'i-environment-none', scene: 'no-variables', path: `${shop}/variables` },
  {
    name: 'i-environment-wrong',
    path: `${shop}/variables`,
    act: async (page) => {
      await page.getByRole('button', { name: 'Add', exact: true }).click();
      await page.getByLabel('Name', { exact: true }).fill('LD_PRELOAD');
      await page.getByLabel('Value', { exact: true }).fill('one\ntwo\nthree');
    },
  },
  {
    name: 'i-environment-paste',
    path: `${shop}/variables`,
    act: async (page) => {
      await page.getByRole('button', { name: 'Paste .env' }).click();
      await page.getByLabel('Its text').fill('# shop\nexport LOG_LEVEL=debug\nWEB_WORKERS=4\nSTRIPE_API_KEY="sk_live_1"\nTAX_RATE=19\nPORT=8000\nTAX_RATE=20\n');
    },
  },
  { name: 'j-domains', path: `${shop}/domains` },
  { name: 'm-app-settings', path: `${shop}/settings` },
  {
    name: 'm-app-settings-plan',
    path: `${shop}/settings`,
    act: async (page) => {
      await changeSettings(page);
      await page.getByRole('button', { name: 'Show plan of 2 changes' }).click();
      await page.getByText('starts anew in its other slot').waitFor();
    },
  },
  { name: 'i-environment-versions', path: `${shop}/variables`, act: async (page) => page.getByRole('button', { name: 'Versions' }).click() },
  { name: 'f-import', path: '/import', act: async (page) => page.getByRole('button', { name: 'Choose a folder' }).click() },
  { name: 'f-import-no-app', scene: 'no-app', path: '/import', act: async (page) => page.getByRole('button', { name: 'Choose a folder' }).click() },
  { name: 'f-import-empty', path: '/import' },
  { name: 'k-deployments', path: `${shop}/deployments` },
  {
    name: 'k-deployments-compare',
    path: `${shop}/deployments`,
    act: async (page) => {
      await page.getByLabel('Compare release 48').check();
      await page.getByLabel('Compare release 46').check();
      await page.getByText('retry.py').waitFor();
    },
  },
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
