import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { electronPackages } from '../../build/electron-dist.ts';
import { command, until } from '../hosts/command.ts';
import { ensurePackages } from '../hosts/debian.ts';

/** An ordinary user of this machine, so that Chromium's sandbox is real (as root there is none). */
export interface DesktopUser {
  name: string;
  uid: number;
  gid: number;
}

const userName = 'forgeboard-e2e';

/** What a desktop in a test is made of, beside the browser's own libraries. */
export const desktopPackages = (): string[] => [...electronPackages(), 'gnome-keyring', 'libsecret-1-0', 'dbus', 'openssh-client'];

let made = false;

/** The test user; one that was made for this run goes with it. */
export async function desktopUser(): Promise<DesktopUser> {
  await ensurePackages(desktopPackages());
  const found = await command(['id', '-u', userName], { check: false });
  if (found.code !== 0) {
    await command(['useradd', '--system', '--user-group', '--no-create-home', '--home-dir', '/nonexistent', '--shell', '/usr/sbin/nologin', userName]);
    if (!made) {
      made = true;
      process.once('exit', () => {
        try {
          execFileSync('userdel', [userName], { stdio: 'ignore' });
        } catch {
          // Somebody still uses it; the next run takes it over.
        }
      });
    }
  }
  const [uid, gid] = await Promise.all(['-u', '-g'].map(async (flag) => Number((await command(['id', flag, userName])).stdout)));
  return { name: userName, uid: uid!, gid: gid! };
}

/** A home folder of the test user. */
export interface Home {
  path: string;
  user: DesktopUser;
  /** A file in it, owned by the user; folders on the way are made 0700. */
  write(relative: string, content: string | Buffer, mode?: number): string;
  remove(): void;
}

export async function newHome(): Promise<Home> {
  const user = await desktopUser();
  const path = mkdtempSync('/tmp/forgeboard-e2e-home-');
  chownSync(path, user.uid, user.gid);
  const folder = (at: string): void => {
    if (at === path) return;
    folder(dirname(at));
    mkdirSync(at, { recursive: true, mode: 0o700 });
    chownSync(at, user.uid, user.gid);
  };
  return {
    path,
    user,
    write(relative, content, mode = 0o600) {
      const file = join(path, relative);
      folder(dirname(file));
      writeFileSync(file, content, { mode });
      chmodSync(file, mode);
      chownSync(file, user.uid, user.gid);
      return file;
    },
    remove: () => rmSync(path, { recursive: true, force: true }),
  };
}

/** Where windows appear: a display, and a D-Bus session with an unlocked keyring where the test wants one. */
export interface Desktop {
  env: Record<string, string>;
  close(): Promise<void>;
}

export async function openDesktop(home: Home, options: { keyring: boolean }): Promise<Desktop> {
  const { user } = home;
  const children: ChildProcess[] = [];
  // A test that was cut off leaves no display behind.
  const killAll = (): void => {
    for (const child of children) child.kill('SIGKILL');
  };
  process.once('exit', killAll);
  const runtime = mkdtempSync('/tmp/forgeboard-e2e-run-');
  chownSync(runtime, user.uid, user.gid);
  chmodSync(runtime, 0o700);
  const env: Record<string, string> = {
    HOME: home.path,
    USER: user.name,
    LOGNAME: user.name,
    PATH: '/usr/bin:/bin',
    LANG: 'C.UTF-8',
    XDG_RUNTIME_DIR: runtime,
    XDG_CURRENT_DESKTOP: 'GNOME',
  };
  const start = (argv: string[], asUser: boolean, stdio: ('ignore' | 'pipe')[]): ChildProcess => {
    const all = asUser ? ['setpriv', `--reuid=${user.uid}`, `--regid=${user.gid}`, '--clear-groups', '--', ...argv] : argv;
    const child = spawn(all[0]!, all.slice(1), { env, stdio, cwd: '/' });
    children.push(child);
    return child;
  };
  const firstLine = (child: ChildProcess, from: number): Promise<string> =>
    new Promise((resolve, reject) => {
      let text = '';
      child.stdio[from]!.on('data', (chunk: Buffer) => {
        text += chunk.toString();
        if (text.includes('\n')) resolve(text.slice(0, text.indexOf('\n')));
      });
      child.once('exit', (code) => reject(new Error(`${child.spawnargs.join(' ')} ended with ${code}`)));
    });

  // -ac: the display is asked by another user than the one who started it. It has no door to the network.
  const display = start(['Xvfb', '-displayfd', '3', '-screen', '0', '1680x1050x24', '-nolisten', 'tcp', '-ac'], false, ['ignore', 'ignore', 'ignore', 'pipe']);
  env.DISPLAY = `:${await firstLine(display, 3)}`;
  env.DBUS_SESSION_BUS_ADDRESS = 'disabled:';
  if (options.keyring) {
    const address = `unix:path=${runtime}/bus`;
    const bus = start(['dbus-daemon', '--session', '--nofork', '--nopidfile', `--address=${address}`, '--print-address=1'], true, ['ignore', 'pipe', 'ignore']);
    await firstLine(bus, 1);
    env.DBUS_SESSION_BUS_ADDRESS = address;
    const keyring = start(['gnome-keyring-daemon', '--foreground', '--unlock', '--components=secrets'], true, ['pipe', 'ignore', 'ignore']);
    keyring.stdin!.end('keyring password');
    const asked = ['dbus-send', '--session', '--print-reply', '--dest=org.freedesktop.DBus', '/', 'org.freedesktop.DBus.NameHasOwner', 'string:org.freedesktop.secrets'];
    await until(
      () => 'the keyring',
      10_000,
      async () => (await command(['setpriv', `--reuid=${user.uid}`, `--regid=${user.gid}`, '--clear-groups', ...asked], { env, check: false })).stdout.includes('true'),
    );
  }
  return {
    env,
    async close() {
      for (const child of children.reverse()) {
        if (child.exitCode !== null || child.signalCode !== null) continue;
        const gone = new Promise((resolve) => child.once('exit', resolve));
        child.kill();
        await gone;
      }
      process.off('exit', killAll);
      rmSync(runtime, { recursive: true, force: true });
    },
  };
}
