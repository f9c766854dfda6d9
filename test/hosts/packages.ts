import { mkdirSync, readdirSync, linkSync, copyFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { cacheFolder, withLock } from './cache.ts';
import { command } from './command.ts';
import { osRelease } from './debian.ts';

export type Release = 'bookworm' | 'trixie';

/** The Debian mirror that this machine's own apt uses, as apt itself understands its configuration. */
export async function mirror(): Promise<string> {
  const codename = osRelease().VERSION_CODENAME ?? 'unknown';
  const { stdout } = await command(['apt-get', 'indextargets', '--format', '$(REPO_URI) $(RELEASE) $(COMPONENT)', 'Created-By: Packages']);
  const targets = stdout.split('\n').map((line) => line.split(' '));
  const own = targets.find(([, release, component]) => component === 'main' && (release === codename || release === 'stable'));
  if (!own?.[0]) throw new Error(`apt has no source for Debian ${codename} main: test hosts are built from the machine's own mirror.`);
  return own[0];
}

/** This machine's own proxy and date settings of apt, which a private apt must follow as well. */
export async function aptOptions(): Promise<string[]> {
  const { stdout } = await command(['apt-config', 'dump', '--format', '%F=%v%n']);
  return stdout.split('\n').filter((line) => /^Acquire::(Check-|https?::(Proxy|Verify)|https?::.*Proxy)/.test(line) && !line.endsWith('='));
}

/** An apt of our own, with its own lists and archives: it installs nothing here and works for any release. */
async function privateApt(release: Release, status: string): Promise<string[]> {
  const folder = cacheFolder('apt', release);
  for (const below of ['lists/partial', 'archives/partial', 'none/partial', 'etc']) mkdirSync(path.join(folder, below), { recursive: true });
  writeFileSync(path.join(folder, 'empty-status'), '');
  writeFileSync(path.join(folder, 'etc/sources.list'), `deb ${await mirror()} ${release} main\n`);
  const settings = {
    'Dir::State': folder,
    'Dir::State::lists': path.join(folder, 'lists'),
    'Dir::State::status': status || path.join(folder, 'empty-status'),
    'Dir::Cache': folder,
    'Dir::Cache::archives': path.join(folder, 'archives'),
    'Dir::Etc::sourcelist': path.join(folder, 'etc/sources.list'),
    'Dir::Etc::sourceparts': '/dev/null',
    'Dir::Etc::preferencesparts': '/dev/null',
    'APT::Install-Recommends': 'false',
    'Acquire::Languages': 'none',
    // Whatever the machine does after its own updates and downloads (Docker images empty the archives) is not for these.
    'APT::Update::Post-Invoke': '',
    'APT::Sandbox::User': 'root',
  };
  return ['apt-get', '-q', ...Object.entries(settings).flatMap(([name, value]) => ['-o', `${name}=${value}`])];
}

const updated = new Set<Release>();

async function update(release: Release, apt: string[]): Promise<void> {
  await withLock(`apt-${release}`, async () => {
    if (!updated.has(release)) await command([...apt, 'update']);
    updated.add(release);
  });
}

/**
 * Downloads packages and all their dependencies that a system with this dpkg status file lacks.
 * Returns the .deb files; those fetched before are not fetched again.
 */
export async function downloadWithDependencies(release: Release, names: string[], status: string): Promise<string[]> {
  const apt = await privateApt(release, status);
  await update(release, apt);
  return withLock(`apt-${release}`, async () => {
    const { stdout } = await command([...apt, ...withoutArchives(release), 'install', '--reinstall', '--print-uris', '-y', ...names]);
    await command([...apt, 'install', '--reinstall', '--download-only', '-y', ...names]);
    return debFiles(release, stdout);
  });
}

/** Downloads exactly these packages, without dependencies. */
export async function download(release: Release, names: string[]): Promise<string[]> {
  const apt = await privateApt(release, '');
  await update(release, apt);
  return withLock(`apt-${release}`, async () => {
    const { stdout } = await command([...apt, ...withoutArchives(release), 'download', '--print-uris', ...names]);
    await command([...apt, 'download', ...names], { cwd: cacheFolder('apt', release, 'archives') });
    return debFiles(release, stdout);
  });
}

// --print-uris leaves out what the archives hold already; asked with empty archives it names every file.
const withoutArchives = (release: Release) => ['-o', `Dir::Cache::archives=${cacheFolder('apt', release, 'none')}`];

/** The lines of --print-uris are 'address' file size hash. */
function debFiles(release: Release, uris: string): string[] {
  const folder = cacheFolder('apt', release, 'archives');
  return [...uris.matchAll(/^'[^']+' (\S+\.deb) /gm)].map((line) => path.join(folder, line[1]!));
}

/** Makes `folder` an apt repository of these files: a guest uses it as `deb [trusted=yes] file:/opt/debs ./`. */
export async function makeRepository(folder: string, files: string[]): Promise<void> {
  for (const file of files) {
    const name = path.join(folder, path.basename(file));
    try {
      linkSync(file, name);
    } catch {
      copyFileSync(file, name);
    }
  }
  const { stdout } = await command(['apt-ftparchive', 'packages', '.'], { cwd: folder });
  writeFileSync(path.join(folder, 'Packages'), stdout);
  const release = await command(['apt-ftparchive', 'release', '.'], { cwd: folder });
  writeFileSync(path.join(folder, 'Release'), release.stdout);
  if (readdirSync(folder).length < files.length) throw new Error(`The package folder ${folder} is incomplete`);
}
