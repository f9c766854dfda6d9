import { existsSync, readFileSync } from 'node:fs';
import { command } from './command.ts';

/** What the test hosts need from the machine they run on. */
export const rigPackages = ['mmdebstrap', 'systemd-container', 'apt-utils', 'iproute2', 'util-linux', 'openssh-client'];

const noninteractive = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', NEEDRESTART_MODE: 'l' };
// Somebody else may be installing at this moment (unattended-upgrades does): wait for them instead of failing.
const install = ['apt-get', '-o', 'DPkg::Lock::Timeout=300', '-o', 'APT::Update::Lock-Timeout=300'];

/** The text of /etc/os-release as names and values; empty where there is none. */
export function osRelease(): Record<string, string> {
  if (!existsSync('/etc/os-release')) return {};
  const lines = readFileSync('/etc/os-release', 'utf8').matchAll(/^([A-Z_]+)="?([^"\n]*)"?$/gm);
  return Object.fromEntries([...lines].map((line) => [line[1]!, line[2]!]));
}

/** Why real test hosts cannot run on this machine, one sentence each; empty when they can. */
export function missingRequirements(): string[] {
  if (process.platform !== 'linux') return [`Real test hosts need Linux; this is ${process.platform}.`];
  const missing: string[] = [];
  if (process.getuid?.() !== 0) missing.push('Real test hosts need root (mounts, network interfaces, containers).');
  if (osRelease().ID !== 'debian') missing.push('Real test hosts are built from the Debian mirror of a Debian machine.');
  if (!readFileSync('/proc/filesystems', 'utf8').includes('\toverlay\n')) missing.push('The kernel has no overlayfs.');
  return missing;
}

async function notInstalled(names: string[]): Promise<string[]> {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: a format of dpkg-query's own
  const format = '-f=${Package} ${db:Status-Status}\n';
  const { stdout } = await command(['dpkg-query', '-W', format, ...names], { check: false });
  const installed = new Set(
    stdout
      .split('\n')
      .filter((line) => line.endsWith(' installed'))
      .map((line) => line.split(' ')[0]),
  );
  return names.filter((name) => !installed.has(name));
}

/** Installs the Debian packages that are missing, or says exactly which command would. */
export async function ensurePackages(names: string[]): Promise<void> {
  if (!existsSync('/usr/bin/dpkg-query')) throw new Error(`This needs the Debian packages ${names.join(', ')}; this is no Debian.`);
  const missing = await notInstalled(names);
  if (missing.length === 0) return;
  if (process.getuid?.() !== 0) throw new Error(`Please install what is missing: sudo apt-get install ${missing.join(' ')}`);
  const add = [...install, 'install', '-y', '-q', '--no-install-recommends', ...missing];
  const first = await command(add, { env: noninteractive, check: false });
  if (first.code === 0) return;
  // The package lists may be old or absent; fetching them is only paid for when the first try failed.
  await command([...install, 'update', '-q'], { env: noninteractive });
  await command(add, { env: noninteractive });
}
