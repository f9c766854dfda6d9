import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, onTestFinished, vi } from 'vitest';
import { forge, type Forge } from '../../../electron/forge.ts';
import { connect, findHostKey } from '../../../electron/ssh/connect.ts';
import { noCredentials } from '../../../electron/ssh/credentials.ts';
import type { HostKey } from '../../../electron/ssh/host-key.ts';
import { hopCredentials, type Via } from '../../../electron/ssh/jump.ts';
import { KnownHosts } from '../../../electron/ssh/known-hosts.ts';
import { resolveHost } from '../../../electron/ssh/ssh-config.ts';
import type { SshTarget } from '../../../electron/ssh/target.ts';
import type { Failure } from '../../../shared/errors.ts';
import { Secret } from '../../../shared/secret.ts';
import { command } from '../../hosts/command.ts';
import { bootHost, deployPassword, type TestHost } from '../../hosts/host.ts';
import { sshKeygen } from '../folder.ts';

export const addresses = { inner: '192.0.2.2', shop: '192.0.2.6' };

/** A cable between two hosts, who have no other way to each other. */
async function cable(a: TestHost, b: TestHost, name: string, [ours, theirs]: [string, string]): Promise<void> {
  await command(['ip', '-n', a.name, 'link', 'add', name, 'type', 'veth', 'peer', 'name', name, 'netns', b.name]);
  for (const [host, address] of [
    [a, ours],
    [b, theirs],
  ] as const) {
    await command(['ip', '-n', host.name, 'address', 'add', `${address}/30`, 'dev', name]);
    await command(['ip', '-n', host.name, 'link', 'set', name, 'up']);
  }
}

/** What ssh itself makes of it: the same files, and nobody to ask. */
export function ssh(config: string, alias: string): Promise<string> {
  return new Promise((resolve) => {
    execFile(
      'ssh',
      ['-F', config, '-o', 'BatchMode=yes', '-o', 'StrictHostKeyChecking=yes', '-o', 'ConnectTimeout=10', alias, 'id', '-un'],
      { timeout: 30_000 },
      (error, stdout, stderr) => {
        if (error === null) return resolve(stdout.trim());
        if (stderr.includes('is revoked') || stderr.includes('REVOKED')) return resolve('host-key-revoked');
        if (stderr.includes('IDENTIFICATION HAS CHANGED')) return resolve('host-key-changed');
        // A jump host's own ssh says no more than the second.
        if (/No \S+ host key is known|Host key verification failed/.test(stderr)) return resolve('host-key-unknown');
        resolve(stderr);
      },
    );
  });
}

/** A folder that is somebody's ~/.ssh/config, its known hosts, and what the two make of a name. */
export interface Setup {
  config: string;
  known: KnownHosts;
  resolve(alias: string, agreed?: string): ReturnType<typeof resolveHost>;
}

export interface ThreeHosts {
  gate: TestHost;
  inner: TestHost;
  shop: TestHost;
  keys: { gate: HostKey; inner: HostKey; shop: HostKey };
  scratch: string;
  /** Done after each test. */
  cleanups: (() => unknown)[];
}

/** For the tests of a describe: three hosts behind each other, gate, inner and shop. */
export function threeHosts(): ThreeHosts {
  const at: ThreeHosts = {
    gate: undefined as never,
    inner: undefined as never,
    shop: undefined as never,
    keys: undefined as never,
    scratch: mkdtempSync(path.join(tmpdir(), 'forgeboard-openssh-')),
    cleanups: [],
  };
  beforeAll(async () => {
    const [gate, inner, shop] = await Promise.all([bootHost({ image: 'base' }), bootHost({ image: 'base' }), bootHost({ image: 'base' })]);
    Object.assign(at, { gate, inner, shop });
    await cable(gate, inner, 'gi', ['192.0.2.1', addresses.inner]);
    await cable(inner, shop, 'is', ['192.0.2.5', addresses.shop]);
    const keyOf = async (host: TestHost): Promise<HostKey> => findHostKey({ address: host.address, port: host.port, user: 'deploy' }, await host.hostKeyFingerprint());
    await gate.write('/etc/ssh/sshd_config.d/00-test.conf', 'Port 22\nPort 2222\n');
    await gate.run(['systemctl', 'restart', 'ssh']);
    at.keys = { gate: await keyOf(gate), inner: await keyOf(inner), shop: await keyOf(shop) };
  });
  afterEach(() => {
    for (const cleanup of at.cleanups.splice(0)) cleanup();
  });
  afterAll(async () => {
    await Promise.all([at.gate, at.inner, at.shop].map((host) => host?.stop()));
    rmSync(at.scratch, { recursive: true, force: true });
  });
  return at;
}

export const line = (names: string, key: HostKey, mark = ''): string => `${mark}${names} ${key.type} ${key.blob.toString('base64')}\n`;

/** The lines of all three. */
export const all = ({ gate, keys }: ThreeHosts): string => line(gate.address, keys.gate) + line(addresses.inner, keys.inner) + line(addresses.shop, keys.shop);

let written = 0;

/** A configuration of three hosts behind each other, with these known hosts; more lines come first, and so count. */
export function configured({ gate, inner, shop, scratch }: ThreeHosts, known: string, more = ''): Setup {
  const folder = path.join(scratch, String(++written));
  mkdirSync(folder);
  const file = path.join(folder, 'known_hosts');
  writeFileSync(file, known);
  const config = path.join(folder, 'config');
  const host = (alias: string, address: string, identity: string, jump: string): string => `Host ${alias}\n HostName ${address}\n IdentityFile ${identity}\n ProxyJump ${jump}\n`;
  writeFileSync(
    config,
    `${more}Host *\n User deploy\n UserKnownHostsFile ${file}\n GlobalKnownHostsFile none\n IdentitiesOnly yes\n IdentityAgent none\n${host('gate', gate.address, gate.identity, 'none')}${host('inner', addresses.inner, inner.identity, 'gate')}${host('shop', addresses.shop, shop.identity, 'gate,inner')}`,
    { mode: 0o600 },
  );
  const places = { home: folder, files: [{ path: config, folder, own: true }] };
  return { config, known: new KnownHosts({ read: [], append: path.join(folder, 'own') }), resolve: (alias, agreed) => resolveHost(alias, { home: folder, places, agreed }) };
}

/** What we make of it. */
export async function ours({ cleanups }: ThreeHosts, { known, resolve }: Setup, alias: string): Promise<string> {
  const { target } = await resolve(alias);
  try {
    const via: Via = async (jump) => {
      const hop = await connect(jump, { hostKeys: { known }, credentials: hopCredentials(noCredentials, jump), via });
      return { connection: hop, release: () => hop.close() };
    };
    const connection = await connect(target, { hostKeys: { known }, credentials: noCredentials, via });
    cleanups.push(() => connection.close());
    return (await text((await connection.exec('id -un')).stdout)).trim();
  } catch (error) {
    return (error as Failure).problem;
  }
}

export interface AtHome {
  home: string;
  /** The questions that took a yes. */
  asked: string[];
  run(name: string, input: unknown, signal?: AbortSignal): ReturnType<Forge['dispatch']>;
  open(folder: string): string;
}

/** ForgeBoard of somebody whose ~/.ssh/config this is, who says yes to everything. */
export function atHome({ cleanups }: ThreeHosts, setup: Setup): AtHome {
  const home = path.dirname(setup.config);
  mkdirSync(path.join(home, '.ssh'));
  renameSync(setup.config, path.join(home, '.ssh/config'));
  vi.stubEnv('HOME', home);
  vi.stubEnv('FORGEBOARD_HOME', '');
  onTestFinished(() => void vi.unstubAllEnvs());
  const forgeboard = forge({ home: path.join(home, 'state'), log: () => {} });
  cleanups.push(() => forgeboard.close());
  const asked: string[] = [];
  const run = (name: string, input: unknown, signal = new AbortController().signal): ReturnType<Forge['dispatch']> =>
    forgeboard.dispatch(name, input, {
      actor: { name: 'ana', role: 'admin' },
      emit: () => {},
      ask: async (question) => {
        if (question.kind === 'confirm') asked.push(question.text);
        return question.kind === 'confirm' ? true : new Secret(deployPassword);
      },
      signal,
    });
  return { home, asked, run, open: (folder: string) => forgeboard.openFolder(folder) };
}

/** The shop by a ProxyCommand, which is what ssh itself runs for a jump host. */
export const proxied = (setup: Setup): string => {
  const text = readFileSync(setup.config, 'utf8');
  writeFileSync(setup.config, `Host shop\n ProxyCommand ssh -F ${setup.config} -W %h:%p inner\n${text}`);
  return setup.config;
};
/** Where a name leads once its programs were agreed to. */
export const agreed = async (setup: Setup, alias: string): Promise<SshTarget> => {
  const refused = (await setup.resolve(alias).catch((error: unknown) => error)) as Failure;
  return (await setup.resolve(alias, refused.facts?.agreement as string)).target;
};

/** The same lines under hashed names. */
export function hashed({ scratch }: ThreeHosts, known: string): string {
  const file = path.join(scratch, `hashed-${++written}`);
  writeFileSync(file, known);
  sshKeygen('-H', '-f', file);
  return readFileSync(file, 'utf8');
}
