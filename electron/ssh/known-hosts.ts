import { mkdir, open, readFile, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { Failure } from '../../shared/errors.ts';
import type { HostKey } from './host-key.ts';
import { changedKey, revokedKey } from './host-key-failures.ts';
import { entryLine, type HostKeyEntry, isHashed, knownName, namesMatch, parseKnownHosts } from './known-hosts-lines.ts';
import type { SshTarget } from './target.ts';

export interface KnownHostsFiles {
  /** All files that are read; a missing one is an empty one. */
  read: string[];
  /** The file that accepted keys are appended to; is among those read. */
  append: string;
}

/** What the files say about one server. */
export interface KnownHost {
  known: HostKeyEntry[];
  revoked: HostKeyEntry[];
  /** Lines that name it but cannot be used: certificate authorities. */
  unsupported: HostKeyEntry[];
  /** Lines that name the same address without the port: OpenSSH takes their keys too, where none contradicts. */
  portless: HostKeyEntry[];
}

export type Verdict = 'known' | 'unknown' | 'changed' | 'revoked';

// Generous: 16 MB is about 100,000 keys. A larger file is a mistake (or a device) and would stall every connect.
const largest = 16 * 1024 * 1024;
const mostLearnt = 10;

/** OpenSSH's own files, and ForgeBoard's where FORGEBOARD_HOME is set (tests, demos: they leave the user's file alone). */
export function defaultKnownHostsFiles(env: NodeJS.ProcessEnv = process.env): KnownHostsFiles {
  const user = join(env.HOME ?? homedir(), '.ssh', 'known_hosts');
  const others = [user, `${user}2`, '/etc/ssh/ssh_known_hosts', '/etc/ssh/ssh_known_hosts2'];
  const own = env.FORGEBOARD_HOME;
  if (own === undefined || own === '') return { read: others, append: user };
  const file = join(own, 'known_hosts');
  return { read: [file, ...others], append: file };
}

/** The known_hosts files. Read afresh at every question, so that what `ssh` or another window accepted counts at once. */
export class KnownHosts {
  constructor(private readonly files: KnownHostsFiles = defaultKnownHostsFiles()) {}

  /** The files that ~/.ssh/config names for a host, or these. What is accepted goes where its configuration says. */
  of({ knownHosts }: Pick<SshTarget, 'knownHosts'>): KnownHosts {
    if (knownHosts === undefined) return this;
    const usual = defaultKnownHostsFiles({ ...process.env, FORGEBOARD_HOME: '' });
    // The first two of the usual ones are the user's.
    const machine = knownHosts.machine ?? usual.read.slice(2);
    const own = this.files.append === usual.append ? [] : [this.files.append];
    const append = own[0] ?? knownHosts.user?.[0] ?? usual.append;
    return new KnownHosts({ read: [...new Set([append, ...(knownHosts.user ?? usual.read.slice(0, 2)), ...machine])], append });
  }

  /** The files of a target and of all hosts on the way to it. */
  filesFor(target: SshTarget): string[] {
    const hops = target.through === undefined ? [] : this.filesFor(target.through);
    return [...new Set([...this.of(target).files.read, ...hops])];
  }

  /** All files that are read, and the one that accepted keys go to: the only one that is ever written. */
  get paths(): KnownHostsFiles {
    return this.files;
  }

  /** Every line that speaks of this server. */
  async lookup(address: string, port: number): Promise<KnownHost> {
    const name = knownName(address, port);
    const all = (await Promise.all(this.files.read.map(readEntries))).flat();
    const entries = all.filter((entry) => namesMatch(entry.names, name));
    const bare = knownName(address, 22);
    return {
      known: entries.filter((entry) => entry.mark === 'key'),
      revoked: entries.filter((entry) => entry.mark === 'revoked'),
      unsupported: entries.filter((entry) => entry.mark === 'authority'),
      portless: bare === name ? [] : withoutRevoked(all.filter((entry) => namesMatch(entry.names, bare))),
    };
  }

  /**
   * Trusts the key from now on, by one appended line; says nothing where it is known already. Refuses a revoked key, and a
   * key that differs from those that are known: that takes `replace`, which a door offers only with a matching fingerprint.
   */
  async accept(address: string, port: number, key: HostKey): Promise<void> {
    const host = await this.lookup(address, port);
    const found = verdict(host, key);
    if (found === 'known') return;
    if (found === 'revoked') throw revokedKey({ address, port }, key, host.revoked);
    if (found === 'changed') throw changedKey({ address, port }, key, host.known);
    await this.#append([(hash) => entryLine(knownName(address, port), key, { hash })]);
  }

  /** Trusts a rebuilt server's new key, and revokes for this server every key that was trusted before. */
  async replace(address: string, port: number, key: HostKey): Promise<void> {
    const host = await this.lookup(address, port);
    const found = verdict(host, key);
    if (found === 'revoked') throw revokedKey({ address, port }, key, host.revoked);
    const name = knownName(address, port);
    const old = unique(host.known.map((entry) => entry.key)).filter((each) => !each.blob.equals(key.blob));
    await this.#append([
      ...old.map((each) => (hash: boolean) => entryLine(name, each, { hash, mark: '@revoked' as const })),
      ...(found === 'known' ? [] : [(hash: boolean) => entryLine(name, key, { hash })]),
    ]);
  }

  /**
   * Remembers the other keys of a server that has proven, within a trusted connection, that it holds them: so a planned
   * change of its keys raises no alarm (OpenSSH's UpdateHostKeys). Returns those that are new; never takes a key away.
   */
  async learn(address: string, port: number, keys: readonly HostKey[]): Promise<HostKey[]> {
    const host = await this.lookup(address, port);
    // A key pinned by a pattern is shared on purpose; its owner decides what joins it.
    if (host.known.length === 0 || host.known.some((entry) => /[*?]/.test(entry.names))) return [];
    const fresh = unique(keys).filter((key) => !['known', 'revoked'].includes(verdict(host, key)));
    const name = knownName(address, port);
    await this.#append(fresh.slice(0, mostLearnt).map((key) => (hash: boolean) => entryLine(name, key, { hash })));
    return fresh.slice(0, mostLearnt);
  }

  /** Appends in one write: other lines are never touched, and a concurrent append cannot end up inside ours. */
  async #append(lines: ((hash: boolean) => string)[]): Promise<void> {
    if (lines.length === 0) return;
    const file = this.files.append;
    try {
      await mkdir(dirname(file), { recursive: true, mode: 0o700 });
      const text = await readText(file);
      const hash = parseKnownHosts(text, file).some(isHashed);
      const start = text === '' || text.endsWith('\n') ? '' : '\n';
      const handle = await open(file, 'a', 0o600);
      try {
        await handle.appendFile(`${start}${lines.map((line) => `${line(hash)}\n`).join('')}`);
        await handle.sync();
      } finally {
        await handle.close();
      }
    } catch (error) {
      if (error instanceof Failure) throw error;
      throw new Failure('unreadable', `${file} cannot be written (${codeOf(error)})`, { hint: 'The accepted host key was not remembered. Check the file and its folder.' });
    }
  }
}

const withoutRevoked = (entries: HostKeyEntry[]): HostKeyEntry[] =>
  entries.filter(({ mark, key }) => mark === 'key' && !entries.some((other) => other.mark === 'revoked' && other.key.blob.equals(key.blob)));

/**
 * What to make of a key that a server shows, which was asked for the types that are known first. As OpenSSH: one that shows
 * none of its known keys has changed, also where the new key is of another type. Somebody in between would choose that type.
 */
export function verdict(host: KnownHost, key: HostKey): Verdict {
  const same = (entry: HostKeyEntry): boolean => entry.key.blob.equals(key.blob);
  if (host.revoked.some(same)) return 'revoked';
  if (host.known.some(same)) return 'known';
  if (host.known.length > 0) return 'changed';
  return host.portless.some(same) ? 'known' : 'unknown';
}

const unique = (keys: readonly HostKey[]): HostKey[] => keys.filter((key, index) => keys.findIndex((other) => other.blob.equals(key.blob)) === index);

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? 'unknown error';

async function readEntries(file: string): Promise<HostKeyEntry[]> {
  return parseKnownHosts(await readText(file), file);
}

/** Missing is empty; unreadable is a failure, since the pinned keys in it would be forgotten silently. */
export async function readText(file: string): Promise<string> {
  try {
    // stat first: opening a FIFO would wait for ever.
    const found = await stat(file);
    if (found.isFile() && found.size <= largest) return await readFile(file, 'latin1');
    throw new Failure('unreadable', `${file} is ${found.isFile() ? 'too large' : 'not a file'}`, { hint: 'Connecting without the known host keys would not be safe.' });
  } catch (error) {
    if (error instanceof Failure) throw error;
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return '';
    throw new Failure('unreadable', `${file} cannot be read (${codeOf(error)})`, { hint: 'Connecting without the known host keys would not be safe.' });
  }
}
