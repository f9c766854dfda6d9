import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { root } from '../../build/run.ts';
import { builtOnce, cacheFolder, withLock } from '../hosts/cache.ts';
import { command } from '../hosts/command.ts';
import { mirror } from '../hosts/packages.ts';
import { type Case, truth } from './truth.ts';

const suites = ['bookworm', 'trixie', 'sid'] as const;

/** Applications of Debian's source packages. `suite` has the version that the truth was read from; it holds for the others too. */
const packages = z.array(z.strictObject({ name: z.string(), suite: z.enum(suites), about: z.string(), truth }));

/** `held-out.json` was written before the rules were made better, and no rule is made for it. */
export const debianPackages = (file: 'debian.json' | 'held-out.json' = 'debian.json') => packages.parse(JSON.parse(readFileSync(path.join(root, 'test/corpus', file), 'utf8')));

/** An apt with lists of its own that knows sources alone; nothing of this machine's is changed. */
async function sourceApt(): Promise<string[]> {
  const folder = cacheFolder('apt', 'sources');
  for (const below of ['lists/partial', 'archives/partial', 'etc']) mkdirSync(path.join(folder, below), { recursive: true });
  writeFileSync(path.join(folder, 'status'), '');
  const from = await mirror();
  writeFileSync(path.join(folder, 'etc/sources.list'), suites.map((suite) => `deb-src ${from} ${suite} main\n`).join(''));
  const settings = {
    'Dir::State': folder,
    'Dir::State::lists': path.join(folder, 'lists'),
    'Dir::State::status': path.join(folder, 'status'),
    'Dir::Cache': folder,
    'Dir::Etc::sourcelist': path.join(folder, 'etc/sources.list'),
    'Dir::Etc::sourceparts': '/dev/null',
    'Dir::Etc::preferencesparts': '/dev/null',
    'Acquire::Languages': 'none',
    'APT::Update::Post-Invoke': '',
    'APT::Sandbox::User': 'root',
  };
  return ['apt-get', '-q', ...Object.entries(settings).flatMap(([name, value]) => ['-o', `${name}=${value}`])];
}

let updated = false;

/** Fetches the upstream archive of a package and unpacks it into `folder`; nothing of Debian's own is in it. */
async function fetchSource(name: string, suite: string, folder: string): Promise<void> {
  const apt = await sourceApt();
  await withLock('apt-sources', async () => {
    if (!updated) await command([...apt, 'update']);
    updated = true;
  });
  const download = path.join(folder, '.download');
  mkdirSync(download);
  await command([...apt, 'source', '--tar-only', '--download-only', `${name}/${suite}`], { cwd: download });
  // Of a package with parts, the one without a part's name.
  const archive = readdirSync(download).find((file) => /^[^_]+_[^_]+?(\.orig)?\.tar\.(gz|xz|bz2)$/.test(file));
  if (archive === undefined) throw new Error(`${name} has no archive`);
  await command(['tar', '-xf', path.join(download, archive), '-C', folder, '--strip-components=1', '--no-same-owner']);
  rmSync(download, { recursive: true });
}

/** The applications as they can be had, from the cache where they were fetched before; and the names of those that no mirror gives. */
export async function fetchDebian(chosen: ReturnType<typeof debianPackages>, onFetch: (name: string) => void = () => {}): Promise<{ cases: Case[]; absent: string[] }> {
  const cases: Case[] = [];
  const absent: string[] = [];
  for (const { name, suite, about, truth: said } of chosen) {
    let folder: string | null = null;
    for (const from of [suite, ...suites.filter((other) => other !== suite)]) {
      // Not every mirror has the archive of every suite.
      folder ??= await builtOnce('corpus', name, { name, from }, async (into) => {
        onFetch(name);
        await fetchSource(name, from, into);
      }).catch(() => null);
    }
    if (folder === null) absent.push(name);
    else cases.push({ name, about, folder, truth: said });
  }
  return { cases, absent };
}
