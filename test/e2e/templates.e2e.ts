import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { root } from '../../build/run.ts';
import { ownTemplates } from '../../shared/rules/templates.ts';
import { command } from '../hosts/command.ts';
import { missingRequirements } from '../hosts/debian.ts';
import type { TestHost } from '../hosts/host.ts';
import { type Home, newHome } from './harness.ts';
import { type KnownServer, knownServer } from './known-server.ts';

const pictures = join(root, 'test-output/templates');

/** What each shows, or in its log says, once it is live; {} is its name. */
const shows: Record<string, string> = {
  flask: '<h1>{}</h1>',
  fastapi: '"name":"{}"',
  django: '<h1>{}</h1>',
  worker: '{}: piece 1 is done',
  mkdocs: 'Pages are Markdown files in',
  static: '<h1>{}</h1>',
};

/**
 * Seconds that a practised person takes for an act, after the keystroke-level model (Card, Moran and Newell 1980): to point
 * at something and press, to type a character, and to think of what comes next.
 */
const person = { click: 1.3, key: 0.28, thought: 1.35 };

/** From an empty folder to a live app, for each kind, in the real window on a real host; what that takes is printed. */
describe.skipIf(missingRequirements().length > 0)('an app from each template', () => {
  let at: KnownServer;
  let host: TestHost;
  let home: Home;
  let page: Page;
  const table: string[] = [];

  beforeAll(async () => {
    mkdirSync(pictures, { recursive: true });
    home = await newHome();
    at = await knownServer(home, 'web');
    ({ host, page } = at);
  }, 240_000);
  afterAll(async () => {
    process.stdout.write(`\nFrom an empty folder to live: clicks, typed characters, seconds from the first click on, and with a person's own time\n${table.join('')}\n`);
    await at?.close();
  });
  afterEach(async ({ task }) => {
    if (task.result?.state === 'fail') await page.screenshot({ path: join(pictures, 'failed.png') });
  });

  it.each(ownTemplates.map(({ name, title }) => [name, title] as const))(
    '%s is live, answers, and its own tests pass where it runs',
    async (template, title) => {
      const app = `my-${template}`;
      const folder = join(home.path, template);
      mkdirSync(folder);
      await command(['chown', `${home.user.uid}:${home.user.gid}`, folder]);
      // The system's own dialog is not ours to drive: its two clicks are counted.
      await at.running.app.evaluate(({ dialog }, path) => {
        dialog.showOpenDialog = () => Promise.resolve({ canceled: false, filePaths: [path] });
      }, folder);
      let [clicks, keys] = [0, 0];
      const click = async (what: Locator) => {
        clicks += 1;
        await what.click();
      };
      const from = performance.now();
      await click(page.getByRole('button', { name: 'New app from a template' }).first());
      await page
        .locator('input:focus')
        .and(page.getByLabel('Name', { exact: true }))
        .waitFor();
      keys += app.length;
      await page.keyboard.type(app);
      await click(page.getByRole('radio', { name: title }));
      // Each in an empty folder of its own: after the first, that takes a button of its own.
      const another = page.getByRole('button', { name: 'In another folder…' });
      clicks += 2;
      await click((await another.count()) > 0 ? another : page.getByRole('button', { name: `Make ${app} in…` }));
      const button = page.getByRole('button', { name: `Deploy ${app}` });
      await page.getByText('; nothing has been sent').waitFor();
      await page.screenshot({ path: join(pictures, `${template}-plan.png`) });
      await click(button);
      await page.getByText('Release 1 is live').first().waitFor({ timeout: 110_000 });
      const seconds = (performance.now() - from) / 1000;
      const whole = seconds + clicks * person.click + keys * person.key + 3 * person.thought;
      table.push(`${title.padEnd(12)} ${clicks} clicks, ${String(keys).padStart(2)} characters, ${seconds.toFixed(1).padStart(5)} s, ${whole.toFixed(1).padStart(5)} s\n`);

      const slot = `/srv/forgeboard/${app}/slots/a`;
      const text = (shows[template] ?? '').replace('{}', app);
      if (template === 'worker') expect((await host.run(['journalctl', '--no-pager', '-u', `forgeboard-${app}.worker@a.service`])).stdout).toContain(text);
      else {
        const address = await page.locator('.bays .origin b').filter({ hasText: /:\d+$/ }).textContent();
        expect(await (await fetch(`http://${address}/`)).text()).toContain(text);
        const health = /^health_path: (.*)$/m.exec(await host.read(`${slot}/release/forgeboard.yml`))?.[1];
        expect((await fetch(`http://${address}${health}`)).status).toBe(200);
      }
      // As its README says: with the packages that it was installed with, and FastAPI's with those for development.
      const python = { fastapi: '/tmp/development/bin/python', static: 'python3' }[template as string] ?? `${slot}/venv/bin/python`;
      const ready = template === 'fastapi' ? 'python3 -m venv /tmp/development && /tmp/development/bin/pip install -q -r requirements-dev.txt && ' : '';
      const tests = `${ready}DATA_DIR=/tmp PYTHONDONTWRITEBYTECODE=1 ${python} ${template === 'django' ? 'manage.py test' : '-m unittest'} 2>&1`;
      expect((await host.run(['sh', '-c', `cd ${slot}/release && ${tests}`], { check: false })).stdout).toMatch(/^OK$/m);
    },
    180_000,
  );
});
