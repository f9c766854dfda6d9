import { constants } from 'node:fs';
import { open, readdir } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { isAbsolute, join } from 'node:path';

/** A server that ~/.ssh/config names. */
export interface ConfiguredServer {
  name: string;
  user: string;
  address: string;
  port: number;
  identity: string | null;
}

export interface KeyFile {
  path: string;
  /** `ed25519`, `rsa`, `ecdsa`, or `key` where the file does not say. */
  kind: string;
  encrypted: boolean;
}

const largest = 256 * 1024;
const deepestInclude = 8;
const mostServers = 500;

interface Block {
  patterns: string[];
  /** The first value of a keyword wins, as in OpenSSH. */
  values: Map<string, string>;
}

/**
 * The servers that a configuration of OpenSSH's client names without wildcards. Reads Host blocks, HostName, User, Port,
 * IdentityFile and Include; a Match block is passed over, since its conditions may run programs. Nothing wrong in the file
 * is a failure: these are suggestions.
 */
export async function configuredServers(home: string): Promise<ConfiguredServer[]> {
  const folder = join(home, '.ssh');
  const blocks = await read(join(folder, 'config'), { home, folder }, 0);
  const aliases = [...new Set(blocks.flatMap(({ patterns }) => patterns))].filter((name) => !/[*?!]/.test(name)).slice(0, mostServers);
  return aliases.map((name) => {
    const value = (keyword: string) => blocks.find((block) => applies(block, name) && block.values.has(keyword))?.values.get(keyword);
    const port = Number(value('port') ?? 22);
    const identity = value('identityfile');
    return {
      name,
      user: value('user') ?? userInfo().username,
      address: (value('hostname') ?? name).replaceAll('%h', name),
      port: Number.isInteger(port) && port > 0 && port < 65_536 ? port : 22,
      identity: identity === undefined || identity.toLowerCase() === 'none' ? null : expanded(identity, home),
    };
  });
}

function applies({ patterns }: Block, name: string): boolean {
  const matches = (pattern: string) =>
    new RegExp(
      `^${pattern
        .replace(/[.+^${}()|[\]\\]/g, '\\$&')
        .replaceAll('*', '.*')
        .replaceAll('?', '.')}$`,
    ).test(name);
  if (patterns.some((pattern) => pattern.startsWith('!') && matches(pattern.slice(1)))) return false;
  return patterns.some((pattern) => !pattern.startsWith('!') && matches(pattern));
}

async function read(path: string, places: { home: string; folder: string }, depth: number, around: Block = { patterns: ['*'], values: new Map() }): Promise<Block[]> {
  const blocks: Block[] = [around];
  let block: Block | undefined = around;
  for (const line of (await textOf(path)).split('\n')) {
    const [, keyword = '', rest = ''] = /^\s*([A-Za-z]+)(?:\s*=\s*|\s+)(.*?)\s*$/.exec(line) ?? [];
    const words = [...rest.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '');
    const name = keyword.toLowerCase();
    if (name === 'host') {
      block = { patterns: words, values: new Map() };
      blocks.push(block);
    } else if (name === 'match') block = undefined;
    else if (name === 'include' && depth < deepestInclude && block !== undefined) {
      for (const file of await included(words, places)) {
        const inner = await read(file, places, depth + 1, { patterns: block.patterns, values: new Map() });
        blocks.push(...inner);
      }
      // What follows counts after what was included.
      block = { patterns: block.patterns, values: new Map() };
      blocks.push(block);
    } else if (block !== undefined && words[0] !== undefined && !block.values.has(name)) block.values.set(name, words[0]);
  }
  return blocks;
}

/** Files that an Include names; a wildcard in the last part is followed, as people write `conf.d/*`. */
async function included(words: string[], { home, folder }: { home: string; folder: string }): Promise<string[]> {
  const files: string[] = [];
  for (const word of words) {
    const full = expanded(word, home);
    const path = isAbsolute(full) ? full : join(folder, full);
    if (!/[*?]/.test(path)) {
      files.push(path);
      continue;
    }
    const parent = join(path, '..');
    const last: Block = { patterns: [path.slice(parent.length + 1)], values: new Map() };
    const names = /[*?]/.test(parent) ? [] : await readdir(parent).catch(() => []);
    files.push(
      ...names
        .filter((name) => applies(last, name))
        .sort()
        .map((name) => join(parent, name)),
    );
  }
  return files.slice(0, 100);
}

const expanded = (path: string, home: string): string => path.replace(/^~(?=\/|$)/, home).replaceAll('%d', home);

/** Private keys in ~/.ssh, by what their first bytes say; nothing is opened with a passphrase. */
export async function keyFiles(home: string): Promise<KeyFile[]> {
  const folder = join(home, '.ssh');
  const names = await readdir(folder).catch(() => []);
  const found = await Promise.all(names.sort().map(async (name) => keyOf(join(folder, name))));
  return found.filter((key) => key !== undefined);
}

async function keyOf(path: string): Promise<KeyFile | undefined> {
  const text = (await textOf(path)).trimStart();
  const [, label] = /^-----BEGIN (OPENSSH|RSA|EC) PRIVATE KEY-----/.exec(text) ?? [];
  if (label === undefined) return undefined;
  if (label !== 'OPENSSH') return { path, kind: label === 'EC' ? 'ecdsa' : 'rsa', encrypted: text.includes('Proc-Type: 4,ENCRYPTED') };
  const blob = Buffer.from(text.replace(/-----[^-]*-----/g, ''), 'base64').toString('latin1');
  const kind = /ssh-(ed25519|rsa)|(ecdsa)-sha2/.exec(blob);
  // magic, then the cipher's name with its length before it
  return { path, kind: kind?.[1] ?? kind?.[2] ?? 'key', encrypted: !blob.startsWith('openssh-key-v1\0\0\0\0\x04none') };
}

/** '' for whatever cannot be read as a small regular file. */
async function textOf(path: string): Promise<string> {
  try {
    const file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    try {
      const facts = await file.stat();
      if (!facts.isFile() || facts.size > largest) return '';
      return (await file.readFile()).toString('utf8');
    } finally {
      await file.close();
    }
  } catch {
    return '';
  }
}
