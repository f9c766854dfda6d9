import { expect, it } from 'vitest';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { board, host, withPreparedBoard } from '../electron/prepared-board.ts';

withPreparedBoard();

const canary = 'canary-7f3kq+9/zx=="quoted" $end';
const forms = [
  canary,
  encodeURIComponent(canary),
  JSON.stringify(canary).slice(1, -1),
  Buffer.from(canary).toString('base64'),
  Buffer.from(`me:${canary}`).toString('base64').slice(4, 40),
];
const holding = (text: string) => forms.filter((form) => text.includes(form));

/** Every file below a folder of this machine. */
async function texts(folder: string): Promise<string[]> {
  const found = [];
  for (const path of await readdir(folder, { recursive: true })) {
    if ((await stat(join(folder, path))).isFile()) found.push(await readFile(join(folder, path), 'latin1'));
  }
  return found;
}

it('C8: the value of a secret is on the host in its own file and its process, and nowhere else; no answer and no file here holds it', async () => {
  const said: unknown[] = [];
  const call = async (name: string, input: object) => {
    const value = await board.call(name, input, { onEvent: (event) => said.push(event) });
    said.push(value);
    return value;
  };
  const at = { app: 'quiet', host: 'box' };
  const app = (answer: string, first = '') => ({
    'app.py': `import os\n${first}\n\ndef app(environ, start_response):\n    start_response("200 OK", [])\n    return [b"${answer}"]\n`,
    'requirements.txt': '',
  });
  await board.deploy(await board.sample('quiet', app('a')), 'quiet');
  // Every command that the host starts from here on.
  await host.run([
    'sh',
    '-c',
    'nohup sh -c \'while :; do cat /proc/[0-9]*/cmdline 2>/dev/null | tr "\\0" " " >> /run/seen-commands; done\' >/dev/null 2>&1 & echo $! > /run/seen-pid',
  ]);
  await call('variables.set', {
    ...at,
    set: [
      { name: 'TOKEN', value: canary, secret: true },
      { name: 'OPEN', value: 'shown', secret: false },
    ],
  });
  said.push((await board.failing('variables.set', { ...at, version: 0, set: [{ name: 'TOKEN', value: `${canary}2`, secret: true }] })).toJSON());
  said.push((await board.failing('variables.set', { ...at, set: [{ name: '1TOKEN', value: canary, secret: true }] })).toJSON());
  await call('variables.set', { ...at, set: [{ name: 'OPEN', value: 'again' }], unset: [] });
  for (const name of ['variables.list', 'variables.history', 'apps.get', 'deployments.list', 'releases.list']) await call(name, at);
  await board.deploy(await board.sample('quiet', app('b')), 'quiet', { onEvent: (event) => said.push(event) });
  await call('deployments.rollback', at);

  // Before the search itself, whose arguments it would see.
  await host.run(['sh', '-c', 'kill $(cat /run/seen-pid)']);
  const places = [
    '/var/log',
    '/var/lib/forgeboard',
    '/etc/systemd',
    '/run/systemd',
    '/etc/nginx',
    '/srv/forgeboard',
    '/usr/local/lib/forgeboard',
    '/etc/forgeboard/apps.yml',
    '/tmp',
    '/run/seen-commands',
  ];
  const search = (form: string, where: string[]) => host.run(['grep', '-rlaF', '--devices=skip', '-e', form, ...where], { check: false });
  for (const form of forms) expect((await search(form, places)).stdout, form).toBe('');
  const shown = [
    'journalctl --no-pager --all',
    'journalctl --no-pager --all -o json',
    'systemctl show "forgeboard-quiet.web@a.service" "forgeboard-quiet.web@b.service"',
    'cat /run/seen-commands',
  ];
  for (const command of shown) expect(holding((await host.run(['sh', '-c', command])).stdout), command).toEqual([]);
  // Where it must be: what was searched for can be found.
  expect((await host.run(['cat', '/run/seen-commands'])).stdout).toContain('gunicorn');
  expect((await search('canary-7f3kq', ['/etc/forgeboard/apps'])).stdout.trim()).not.toBe('');
  expect((await host.run(['stat', '-c', '%a', '/etc/forgeboard/apps/quiet/vars/1'])).stdout.trim()).toBe('600');
  expect((await host.run(['runuser', '-u', 'nobody', '--', 'cat', '/etc/forgeboard/apps/quiet/vars/1'], { check: false })).code).not.toBe(0);
  expect(holding(JSON.stringify(said))).toEqual([]);
  expect(JSON.stringify(said)).toContain('again');
  expect((await texts(board.home)).flatMap(holding)).toEqual([]);
});

it('C8: an app that prints its own secret, plain, in an address or encoded, is shown with dots, also in why it did not start', async () => {
  const loud = (ending: string) => ({
    'app.py': `import base64, json, os, sys, urllib.parse\nT = os.environ.get("TOKEN", "")\nfor text in (T, urllib.parse.quote(T, safe=""), json.dumps({"t": T}), base64.b64encode(b"me:" + T.encode()).decode(), "before " + T + " after"):\n    print("LOUD", text, file=sys.stderr)\n${ending}\n\ndef app(environ, start_response):\n    start_response("200 OK", [])\n    return [b"x"]\n`,
    'requirements.txt': '',
  });
  const at = { app: 'loud', host: 'box' };
  await board.deploy(await board.sample('loud', loud('')), 'loud');
  await board.call('variables.set', { ...at, set: [{ name: 'TOKEN', value: canary, secret: true }] });
  const lines: string[] = [];
  await board.call('logs.tail', { ...at, lines: 200, follow: false }, { onEvent: (event: { text?: string }) => void lines.push(event.text ?? '') });
  expect(lines.filter((line) => line.includes('LOUD before')).at(-1)).toBe('LOUD before •••••• after');
  expect(holding(lines.join('\n'))).toEqual([]);
  const failure = await board
    .deploy(await board.sample('loud', loud('raise RuntimeError("cannot sign in with " + T)')), 'loud')
    .then(() => null)
    .catch((error: unknown) => error as { message: string; facts: unknown });
  expect(failure?.message).toContain('RuntimeError: cannot sign in with ••••••');
  expect(holding(JSON.stringify(failure?.facts))).toEqual([]);
  const journal = (await host.run(['sh', '-c', 'cat /var/lib/forgeboard/journal/loud/*'])).stdout;
  expect(journal).toContain('cannot sign in with \\u2022');
  expect(holding(journal)).toEqual([]);
});
