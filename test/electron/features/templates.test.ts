import { existsSync } from 'node:fs';
import { chmod, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ownTemplates } from '../../../shared/rules/templates.ts';
import { command } from '../../hosts/command.ts';
import { type Board, openBoard } from '../board.ts';

let board: Board;
let into = '';
const path = process.env.PATH;
beforeEach(async () => {
  board = await openBoard(null);
  into = join(board.home, 'Projects');
  await mkdir(into);
});
afterEach(async () => {
  process.env.PATH = path;
  await board.close();
});

const create = (template: string, name: string) => board.call<{ folder: { handle: string } }>('templates.create', { template, name, into: board.open(into) });
const filesIn = async (folder: string) => (await readdir(folder, { recursive: true, withFileTypes: true })).filter((entry) => !entry.isDirectory()).length;

/** A repository of these files, with one commit. */
async function repository(files: Record<string, string>): Promise<string> {
  const folder = join(board.home, 'repository');
  for (const [name, text] of Object.entries(files)) {
    await mkdir(join(folder, name, '..'), { recursive: true });
    await writeFile(join(folder, name), text);
  }
  const git = (...argv: string[]) => command(['git', '-C', folder, '-c', 'user.name=Ana', '-c', 'user.email=ana@example.com', ...argv]);
  await command(['git', 'init', '-q', '-b', 'main', folder]);
  await git('add', '-A');
  await git('commit', '-q', '-m', 'first');
  return folder;
}

/** The other end of ssh is this computer: what git asks for there is run here, and how ssh was called is written down. */
async function nearSsh(): Promise<() => Promise<string>> {
  const folder = join(board.home, 'bin');
  await mkdir(folder);
  await writeFile(join(folder, 'ssh'), `#!/bin/sh\nprintf '%s\\n' "$@" > ${folder}/called\nfor last; do :; done\nexec sh -c "$last"\n`);
  await chmod(join(folder, 'ssh'), 0o755);
  process.env.PATH = `${folder}:${path}`;
  return () => readFile(join(folder, 'called'), 'utf8');
}

describe('a new app from a template', () => {
  it.each(ownTemplates.map(({ name }) => name))('%s: is understood, bears its name, and has tests', async (template) => {
    const { folder } = await create(template, 'shop');
    const found = await board.call<{ app: boolean; findings: unknown[]; environment: { required: boolean }[] }>('imports.inspect', { folder: folder.handle });
    expect(found).toMatchObject({ app: true, root: '.', type: template === 'mkdocs' ? 'static' : template });
    expect(found.environment.filter(({ required }) => required)).toEqual([]);
    expect(found.findings.filter((one) => (one as { severity: string }).severity !== 'note')).toEqual([]);
    expect(existsSync(join(into, 'shop/.gitignore'))).toBe(true);
    expect((await command(['grep', '-rl', 'my-app', join(into, 'shop')], { check: false })).stdout).toBe('');
    expect(await readFile(join(into, 'shop/README.md'), 'utf8')).toMatch(/^# shop\n[\s\S]*(unittest|manage\.py test)/);
  });

  it('overwrites nothing: a folder, a file or a link of that name stays as it is', async () => {
    await mkdir(join(into, 'folder'));
    await writeFile(join(into, 'file'), 'mine');
    await symlink(join(board.home, 'elsewhere'), join(into, 'link'));
    for (const name of ['folder', 'file', 'link'])
      expect(await board.failing('templates.create', { template: 'flask', name, into: board.open(into) })).toMatchObject({ problem: 'exists', field: 'name' });
    expect([await readdir(join(into, 'folder')), await readFile(join(into, 'file'), 'utf8'), existsSync(join(board.home, 'elsewhere'))]).toEqual([[], 'mine', false]);
    expect(await board.failing('templates.create', { template: 'flask', name: '../out', into: board.open(into) })).toMatchObject({ problem: 'invalid', field: 'name' });
  });

  it('of a folder of one’s own: what would travel is copied, secrets, junk and links out of it are not', async () => {
    const base = join(board.home, 'base');
    await mkdir(join(base, '.git'), { recursive: true });
    await mkdir(join(base, 'sub'));
    await writeFile(join(base, '.git/config'), '');
    await writeFile(join(base, '.env'), 'TOKEN=s3cret');
    await writeFile(join(base, '.gitignore'), '*.log\n');
    await writeFile(join(base, 'a.log'), '');
    await writeFile(join(base, 'sub/app.py'), 'my-app');
    await chmod(join(base, 'sub/app.py'), 0o755);
    await symlink('/etc/passwd', join(base, 'passwd'));
    await board.call('templates.add', { name: 'base', folder: board.open(base) });
    await create('base', 'shop');
    expect(await filesIn(join(into, 'shop'))).toBe(2);
    // What stands in it is its owner's own: a name in it is not ours to change.
    expect(await readFile(join(into, 'shop/sub/app.py'), 'utf8')).toBe('my-app');
    expect((await command(['stat', '-c', '%a', join(into, 'shop/sub/app.py')])).stdout.trim()).toBe('755');
    await board.call('templates.remove', { name: 'base' });
    expect(await board.failing('templates.create', { template: 'base', name: 'two', into: board.open(into) })).toMatchObject({ problem: 'not-found', field: 'template' });
  });

  it('of a repository: fetched by git over ssh without a prompt, and nothing of it is run or stays', async () => {
    const called = await nearSsh();
    const source = await repository({ 'app.py': 'print(1)\n', '.gitattributes': '*.py filter=evil\n', '.env': 'TOKEN=x\n' });
    await command(['git', 'config', '--global', 'filter.evil.smudge', `touch ${board.home}/run; cat`], { env: { ...process.env, HOME: board.home } });
    await board.call('templates.add', { name: 'base', git: `ssh://git@git.example.com${source}`, ref: 'main' });
    const before = process.env.HOME;
    process.env.HOME = board.home;
    await create('base', 'shop').finally(() => {
      process.env.HOME = before;
    });
    expect((await readdir(join(into, 'shop'))).sort()).toEqual(['.gitattributes', 'app.py']);
    expect(existsSync(join(board.home, 'run'))).toBe(false);
    expect(await called()).toContain('-oBatchMode=yes\n');
    await board.call('templates.add', { name: 'gone', git: `git@git.example.com:${source}-gone` });
    expect(await board.failing('templates.create', { template: 'gone', name: 'two', into: board.open(into) })).toMatchObject({ problem: 'unreachable', field: 'git' });
    expect(await readdir(into)).toEqual(['shop']);
  });

  it.each([
    'ext::sh -c id',
    'file:///etc',
    '/srv/base',
    '--upload-pack=id',
    'ssh://-oProxyCommand=id/x',
    '-oProxyCommand=id@h:x',
    'git@-oProxyCommand=id:x',
    'http://git.example.com/a',
    'git://git.example.com/a',
    'https://ana:token@git.example.com/a',
    'https://git.example.com/a\nb',
  ])('lets git not fetch from %j', async (git) => {
    expect(await board.failing('templates.add', { name: 'base', git })).toMatchObject({ problem: 'invalid', field: 'git' });
  });

  it('refuses names that are taken, and a branch that is an option', async () => {
    expect(await board.failing('templates.add', { name: 'flask', git: 'https://git.example.com/a' })).toMatchObject({ problem: 'invalid', field: 'name' });
    await board.call('templates.add', { name: 'base', git: 'https://git.example.com/a' });
    expect(await board.failing('templates.add', { name: 'base', git: 'https://git.example.com/b' })).toMatchObject({ problem: 'exists', field: 'name' });
    expect(await board.failing('templates.add', { name: 'other', git: 'https://git.example.com/a', ref: '--upload-pack=id' })).toMatchObject({ problem: 'invalid', field: 'ref' });
    expect((await board.call<{ templates: { name: string }[] }>('templates.list', {})).templates.map(({ name }) => name)).toEqual([
      ...ownTemplates.map(({ name }) => name),
      'base',
    ]);
  });
});
