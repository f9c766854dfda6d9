import { execFile } from 'node:child_process';
import { appendFile, cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { root } from '../build/run.ts';

/** A copy of the house to break: every guard must notice what is planted here. */
let house = '';
beforeAll(async () => {
  house = await mkdtemp(join(tmpdir(), 'forgeboard-house-'));
  for (const part of ['shared', 'electron', 'build', 'test/hosts', 'test/cases', 'package.json', 'tsconfig.json', '.biome.json']) {
    await cp(join(root, part), join(house, part), { recursive: true });
  }
  await mkdir(join(house, 'renderer'), { recursive: true });
  // Each package by itself, so that what tools keep in node_modules/.cache is the copy's own: ours would be stale after it.
  await mkdir(join(house, 'node_modules'));
  for (const entry of await readdir(join(root, 'node_modules'))) {
    if (entry !== '.cache') await symlink(join(root, 'node_modules', entry), join(house, 'node_modules', entry));
  }
}, 300_000);
afterAll(() => rm(house, { recursive: true, force: true }));

async function plant(path: string, text: string): Promise<void> {
  await mkdir(dirname(join(house, path)), { recursive: true });
  await appendFile(join(house, path), `${text}\n`);
}

function tool(name: string, ...args: string[]): Promise<string> {
  return new Promise((resolve) => {
    const program = name === 'python3' ? name : join(root, 'node_modules/.bin', name);
    execFile(program, args, { cwd: house, maxBuffer: 50e6 }, (error, stdout, stderr) => resolve(error === null ? '' : stdout + stderr));
  });
}

describe('the walls', () => {
  const planted: [rule: string, path: string, text: string][] = [
    ['shared-stands-alone', 'shared/rules/planted.ts', "import 'commander';"],
    ['renderer-sees-shared-only', 'renderer/planted.ts', "import '../electron/dispatch.ts';"],
    ['no-node-in-renderer', 'renderer/planted-node.ts', "import 'node:fs';"],
    ['contract-loads-late', 'renderer/planted-contract.ts', "import { apps, type App } from '../shared/contract/apps.ts';\nexport const planted: [typeof apps, App?] = [apps];"],
    ['product-knows-no-test', 'electron/store/planted.ts', "import '../../test/hosts/command.ts';"],
    ['doors-use-dispatch', 'electron/doors/planted.ts', "import '../store/home.ts';"],
    ['features-stay-apart', 'electron/features/planted.ts', "import './apps.ts';"],
    ['features-look-down', 'electron/features/planted-door.ts', "import '../doors/cli.ts';"],
    ['engine-looks-down', 'electron/engine/planted.ts', "import '../features/apps.ts';"],
    ['hostkit-looks-down', 'electron/hostkit/planted.ts', "import '../engine/url.ts';"],
    ['ssh-and-store-stand-alone', 'electron/ssh/planted.ts', "import '../store/home.ts';"],
    ['ssh2-in-ssh-only', 'electron/engine/planted-ssh.ts', "import 'ssh2';"],
    ['no-circles', 'electron/store/home.ts', "import './planted-circle.ts';"],
    ['no-circles', 'electron/store/planted-circle.ts', "import './home.ts';"],
  ];

  it('between folders hold: each planted import is named by its rule', async () => {
    for (const [, path, text] of planted) await plant(path, text);
    const said = await tool('depcruise', 'electron', 'shared', 'renderer', '--config', 'build/dependency-cruiser.json');
    for (const [rule, path] of planted) expect(said, `${rule} in ${path}`).toMatch(new RegExp(`${rule}: (.*${path.replaceAll('.', '\\.')}|electron/store)`));
  });

  it('of the compiler hold: shared knows neither Node nor DOM, and no handler is forgotten', async () => {
    await plant('shared/rules/planted-node.ts', 'export const folder = process.cwd();');
    await plant('shared/rules/planted-dom.ts', 'export const title = document.title;');
    await plant(
      'shared/contract/apps.ts',
      "export const planted = query({ summary: 'x', permission: 'read', input: z.object({}), output: z.object({}) });\nObject.assign(apps, { planted });",
    );
    const contract = await readFile(join(house, 'shared/contract/index.ts'), 'utf8');
    await writeFile(join(house, 'shared/contract/index.ts'), contract.replace('apps,', 'apps: { ...apps, planted },').replace('import { apps }', 'import { apps, planted }'));
    const said = await tool('tsc', '-b', 'electron');
    expect(said).toMatch(/planted-node\.ts.*'process'/);
    expect(said).toMatch(/planted-dom\.ts.*'document'/);
    expect(said).toMatch(/electron\/.*planted/);
  }, 300_000);

  it('of the lint hold: no any, no console, no unused import, no non-null assertion', async () => {
    await plant('electron/store/planted-lint.ts', "import { join } from 'node:path';\nexport const loose = (value: any) => console.log(value!.x);");
    const said = await tool('biome', 'lint', 'electron/store/planted-lint.ts');
    for (const rule of ['noExplicitAny', 'noConsole', 'noUnusedImports', 'noNonNullAssertion']) expect(said).toContain(rule);
  });

  it('against dead code hold: an export that nobody uses is named', async () => {
    await plant('electron/store/files.ts', 'export const plantedAndUnused = 1;');
    expect(await tool('knip', '--config', 'build/knip.json', '--no-config-hints')).toContain('plantedAndUnused');
  });

  it('of the kit hold: the standard library and nothing newer than Python 3.9', async () => {
    await plant('electron/hostkit/forgekit/planted.py', 'import requests');
    await plant('electron/hostkit/forgekit/planted_syntax.py', 'match 1:\n    case 1: pass');
    const said = await tool('python3', '-I', 'build/check-kit.py');
    expect(said).toContain('requests is not in');
    expect(said).toContain('planted_syntax.py');
  });
});

describe('secrets', () => {
  it('are revealed where they leave for SSH, sudo, the keyring, a new key and for an app, and nowhere else', async () => {
    const files = (await readdir(join(root, 'electron'), { recursive: true })).filter((path) => path.endsWith('.ts'));
    const revealing = [];
    for (const path of files) if ((await readFile(join(root, 'electron', path), 'utf8')).includes('.reveal()')) revealing.push(path);
    expect(revealing.sort()).toEqual(['features/variables.ts', 'hostkit/handshake.ts', 'ssh/login.ts', 'ssh/new-key.ts', 'store/keychain.ts']);
  });
});
