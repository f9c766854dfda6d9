import { chmodSync, mkdirSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { builtOnce, cacheFolder } from './cache.ts';
import { command } from './command.ts';
import { ensurePackages, rigPackages } from './debian.ts';
import { aptOptions, downloadWithDependencies, makeRepository, mirror, type Release } from './packages.ts';
import { wheelFolder } from './wheels.ts';

/** The sudo user whose sudo asks for a password, as on most hosts people rent; and the one whose sudo does not. */
export const deployPassword = 'correct horse 7 battery';
export const users = { deploy: { id: 1000, home: '/home/deploy' }, ops: { id: 1001, home: '/home/ops' }, root: { id: 0, home: '/root' } };

// A plain small VPS. Without python3-venv, pip and nginx: what our product's prepare installs must be missing.
const baseContent = 'systemd systemd-sysv libpam-systemd dbus openssh-server sudo python3 ca-certificates iproute2 iputils-ping curl procps nftables less cron logrotate tzdata';
// What may be installed in a host that has no route out: with all that the base lacks for it.
const repositoryContent = 'nginx python3-venv python3-pip certbot python3-certbot-nginx apache2 rsync git sqlite3 acl zsh faketime postgresql redis-server libev4 libc-ares2';
// And what Debian's gevent, as a wheel, is linked with.
const webContent = 'nginx python3-venv libev4 libc-ares2';

export interface Images {
  /** Lower folders for overlayfs, uppermost first. */
  lower: string[];
  debs: string;
  wheels: string;
}

/** The folders a host of this image boots from, built now if the cache has none. About a minute the first time, nothing afterwards. */
export async function images(image: 'base' | 'web', release: Release): Promise<Images> {
  await ensurePackages(rigPackages);
  // Started side by side, but one failing must not leave the other running behind a test that has ended.
  const [system, wheels] = await Promise.allSettled([systemImages(image, release), wheelFolder(release)]);
  if (system.status === 'rejected') throw new Error(`The ${release} ${image} image could not be built`, { cause: system.reason });
  if (wheels.status === 'rejected') throw new Error(`The ${release} wheels could not be made`, { cause: wheels.reason });
  return { ...system.value, wheels: wheels.value };
}

async function systemImages(image: 'base' | 'web', release: Release): Promise<{ lower: string[]; debs: string }> {
  const base = await baseImage(release);
  const debs = await repository(release, base);
  return { lower: image === 'web' ? [await webLayer(release, base, debs), base] : [base], debs };
}

async function baseImage(release: Release): Promise<string> {
  return builtOnce('images', `base-${release}`, { baseContent, deployPassword, code: 2 }, async (root) => {
    const options = ['Acquire::Languages=none', ...(await aptOptions())].map((option) => option.replace(/=(.*)$/, ' "$1"'));
    await command([
      'mmdebstrap',
      '--variant=minbase',
      `--include=${baseContent.replaceAll(' ', ',')}`,
      '--skip=check/qemu',
      // Nobody misses this tree after a power cut: it would be built again. Syncing every file takes longer than the rest.
      '--dpkgopt=force-unsafe-io',
      ...options.map((option) => `--aptopt=${option}`),
      release,
      root,
      `deb ${await mirror()} ${release} main`,
    ]);
    await configureBase(root);
  });
}

async function configureBase(root: string): Promise<void> {
  const file = (name: string, content: string, mode = 0o644) => {
    mkdirSync(path.dirname(path.join(root, name)), { recursive: true });
    writeFileSync(path.join(root, name), content);
    chmodSync(path.join(root, name), mode);
  };
  for (const [name, user] of Object.entries(users).filter(([name]) => name !== 'root')) {
    await command(['chroot', root, 'useradd', '-m', '-u', String(user.id), '-s', '/bin/bash', name]);
  }
  await command(['chroot', root, 'usermod', '-aG', 'sudo', 'deploy']);
  await command(['chroot', root, 'chpasswd'], { input: `deploy:${deployPassword}\n` });
  file('etc/sudoers.d/ops', 'ops ALL=(ALL:ALL) NOPASSWD: ALL\n', 0o440);
  file('etc/ssh/sshd_config.d/10-rig.conf', 'PermitRootLogin prohibit-password\nPasswordAuthentication yes\n');
  file('etc/apt/sources.list', 'deb [trusted=yes] file:/opt/debs ./\n');
  file('etc/pip.conf', '[global]\nno-index = true\nfind-links = /opt/wheels\ndisable-pip-version-check = true\n');
  file('etc/resolv.conf', '');
  for (const folder of ['opt/debs', 'opt/wheels']) mkdirSync(path.join(root, folder), { recursive: true });
  // Each host gets keys and a machine id of its own at boot.
  for (const key of ['ecdsa', 'ed25519', 'rsa']) for (const end of ['', '.pub']) rmSync(path.join(root, `etc/ssh/ssh_host_${key}_key${end}`), { force: true });
  truncateSync(path.join(root, 'etc/machine-id'));
  rmSync(path.join(root, 'etc/apt/apt.conf.d/99mmdebstrap'), { force: true });
  // They would take the dpkg lock at a moment of their own and could reach nothing.
  for (const timer of ['apt-daily.timer', 'apt-daily-upgrade.timer']) {
    symlinkSync('/dev/null', path.join(root, 'etc/systemd/system', timer));
  }
}

async function repository(release: Release, base: string): Promise<string> {
  return builtOnce('debs', release, { repositoryContent, base: path.basename(base) }, async (folder) => {
    const files = await downloadWithDependencies(release, repositoryContent.split(' '), path.join(base, 'var/lib/dpkg/status'));
    await makeRepository(folder, files);
  });
}

/** nginx and venv on top of the base, as a layer that holds only the differences. */
async function webLayer(release: Release, base: string, debs: string): Promise<string> {
  return builtOnce('images', `web-${release}`, { webContent, base: path.basename(base), debs: path.basename(debs) }, async (folder) => {
    const scratch = cacheFolder('scratch', `web-${release}`);
    const [work, merged] = [path.join(scratch, 'work'), path.join(scratch, 'merged')];
    for (const name of [work, merged]) mkdirSync(name, { recursive: true });
    const overlay = `lowerdir=${base},upperdir=${folder},workdir=${work}`;
    const install = 'apt-get update -q && apt-get install -y -q --no-install-recommends -o Dpkg::Options::=--force-unsafe-io "$@" && apt-get clean';
    // The mount lives in a mount namespace of its own, so that a build that is cut leaves none behind.
    const mounted = 'mount -t overlay overlay -o "$1" "$2" && shift 2 && exec "$@"';
    const nspawn = ['systemd-nspawn', '-q', '-D', merged, '-M', `web-${release}`, '--register=no', '--keep-unit', '--resolv-conf=off', '--link-journal=no'];
    const options = ['--private-network', `--bind-ro=${debs}:/opt/debs`, '-E', 'DEBIAN_FRONTEND=noninteractive'];
    try {
      await command([
        ...['unshare', '--mount', '--propagation', 'private', 'sh', '-c', mounted, 'sh', overlay, merged],
        ...[...nspawn, ...options, 'sh', '-c', install, 'sh', ...webContent.split(' ')],
      ]);
    } finally {
      rmSync(scratch, { recursive: true, force: true });
    }
  });
}
