import type { Finding } from '../contract/hosts.ts';
import { sizeText } from './size.ts';

/** The facts that a check-up judges; electron/hostkit/actions.ts parses them from a host. */
export interface CheckupFacts {
  os: { id: string; version: string; name: string };
  architecture: string;
  systemd: number;
  user: { name: string; uid: number };
  pythons: { path: string; version: string; venv: boolean }[];
  memory: { total: number; available: number; swap: number };
  disks: { mount: string; total: number; free: number; inodesFree: number }[];
  nginx: { installed: boolean; version: string; active: boolean; masked: boolean };
  ports: { port: number; pid: number; process: string; unit: string }[];
  firewall: { kind: string; active: boolean };
  clock: { now: number; synchronized: boolean | null };
  reboot: { pending: boolean; packages: string[] };
  packages: { manager: string; busy: string | null };
  forgeboard: { prepared: boolean; format: number; kit: string; apps: number };
}

const supported: Record<string, readonly string[]> = {
  debian: ['11', '12', '13'],
  ubuntu: ['22.04', '24.04', '25.04', '25.10', '26.04'],
};

type Say = (level: Finding['level'], text: string, hint?: string) => Finding[];
type Check = (facts: CheckupFacts, say: Say, now: number) => Finding[];

/** One check a subject, in the order a person would ask. Each says one or two findings in plain words. */
const checks: Record<string, Check> = {
  System: ({ os, architecture, systemd }, say) => {
    const known = supported[os.id]?.includes(os.version) ?? false;
    if (systemd === 0) return say('stop', `${os.name} does not run systemd`, 'ForgeBoard runs apps as systemd services. Choose a Debian or Ubuntu image.');
    if (!known) return say('stop', `${os.name} is not supported`, 'Supported: Debian 11 to 13, Ubuntu 22.04 to 26.04. Logs and terminal work anyway.');
    if (!['x86_64', 'aarch64'].includes(architecture)) return say('warning', `${os.name} on ${architecture}: not tested on this processor`);
    return say('ok', `${os.name}, ${architecture}`);
  },
  Access: ({ user }, say) => say('ok', user.uid === 0 ? `Signed in with the rights of root` : `Signed in as ${user.name}`),
  Python: ({ pythons }, say) => {
    const newest = pythons[0];
    if (newest === undefined) return say('stop', 'No Python 3.9 or newer', 'Install it: apt install python3');
    const list = pythons.map((python) => python.version).join(', ');
    return pythons.some((python) => python.venv) ? say('ok', `Python ${list}`) : say('note', `Python ${list}, without venv`, 'Prepare installs python3-venv.');
  },
  Memory: ({ memory }, say) => {
    const text = `${sizeText(memory.available)} of ${sizeText(memory.total)} available`;
    if (memory.available < 200e6) return say('warning', `${text}: a deploy runs two releases for a moment`, 'Stop something, or add swap.');
    return say('ok', text);
  },
  Disk: ({ disks }, say) =>
    disks.flatMap(({ mount, total, free, inodesFree }) => {
      // A roomy /tmp is no news, a full one is.
      if (mount === '/tmp' && free > 100e6) return [];
      if (free < 300e6) return say('stop', `${mount}: ${sizeText(free)} free of ${sizeText(total)}`, 'Make room first: an app with its packages takes about 100 MB.');
      if (inodesFree > 0 && inodesFree < 20_000) return say('warning', `${mount}: only ${inodesFree} files can still be made`);
      if (free < 1.5e9) return say('warning', `${mount}: ${sizeText(free)} free of ${sizeText(total)}`);
      return say('ok', `${mount}: ${sizeText(free)} free of ${sizeText(total)}`);
    }),
  Web: ({ nginx, ports }, say) => {
    const foreign = ports.filter(({ process }) => process !== 'nginx');
    const holders = foreign.map(({ port, process, pid, unit }) => `port ${port} is held by ${process}${unit === '' ? '' : ` (${unit})`}, process ${pid}`).join('; ');
    if (nginx.masked) return say('stop', 'nginx is masked', 'Somebody turned it off on purpose: systemctl unmask nginx');
    if (foreign.some(({ port }) => port === 80) && !nginx.active) {
      return say(
        'stop',
        `${holders[0]?.toUpperCase()}${holders.slice(1)}`,
        'ForgeBoard needs nginx, which starts on port 80. Stop or move the other server first; ForgeBoard never stops what is not its own.',
      );
    }
    if (!nginx.installed) return say('note', 'nginx is not installed', 'Prepare installs it.');
    if (!nginx.active) return say('note', `nginx ${nginx.version} is not running`, 'Prepare starts it.');
    return [...say('ok', `nginx ${nginx.version}`), ...(holders === '' ? [] : say('note', holders))];
  },
  Firewall: ({ firewall }, say) =>
    firewall.active
      ? say('note', `${firewall.kind} is active`, 'Apps without a domain listen on ports from 8100: open those you want to reach from outside.')
      : say('ok', 'No firewall on the server itself', 'Your provider may have one of its own: only a try from outside shows it.'),
  Clock: ({ clock }, say, now) => {
    const skew = Math.round(clock.now - now);
    if (Math.abs(skew) > 60)
      return say(
        'warning',
        `The clock is ${Math.abs(skew)} s ${skew > 0 ? 'ahead of' : 'behind'} this laptop's`,
        'Certificates and logs need the right time: timedatectl set-ntp true',
      );
    return say('ok', clock.synchronized === false ? 'The clock is right, but nothing keeps it so' : 'The clock is right');
  },
  Updates: ({ reboot, packages }, say) => {
    const found: Finding[] = [];
    if (packages.manager !== 'apt') found.push(...say('stop', 'No apt', 'Prepare needs it to install nginx.'));
    if (packages.busy !== null) found.push(...say('note', `Packages are being installed by ${packages.busy}`, 'Prepare waits for it.'));
    if (reboot.pending) found.push(...say('warning', 'A reboot is pending', reboot.packages.length > 0 ? `Because of ${reboot.packages.slice(0, 5).join(', ')}` : undefined));
    return found.length > 0 ? found : say('ok', 'No reboot is pending');
  },
  ForgeBoard: ({ forgeboard }, say) =>
    forgeboard.prepared
      ? say('ok', `Prepared, ${forgeboard.apps === 1 ? '1 app' : `${forgeboard.apps} apps`}`)
      : say('note', 'Not prepared yet', 'Prepare shows what it would do before it does it.'),
};

/** What the facts mean, in plain words; `now` is this laptop's clock in seconds. */
export function checkup(facts: CheckupFacts, now: number): Finding[] {
  return Object.entries(checks).flatMap(([subject, check]) => check(facts, (level, text, hint) => [{ subject, level, text, hint: hint ?? null }], now));
}
