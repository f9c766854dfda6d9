import { createHash } from 'node:crypto';
import { hostname, userInfo } from 'node:os';

/** What the tokens of a configuration stand for: `{ h: 'shop.example' }` for %h. */
export type Tokens = Readonly<Record<string, string>>;

/** Replaces %-tokens; undefined where one is not among those given, at which ssh would stop. */
export function expand(text: string, tokens: Tokens): string | undefined {
  let unknown = false;
  const expanded = text.replace(/%(.?)/gs, (_all, letter: string) => {
    if (letter === '%') return '%';
    if (!Object.hasOwn(tokens, letter)) unknown = true;
    return tokens[letter] ?? '';
  });
  return unknown ? undefined : expanded;
}

export interface TokenFacts {
  home: string;
  /** Where the configuration leads to. */
  host: string;
  port: number;
  user: string;
  /** As the host was called. */
  original: string;
  hostKeyAlias?: string | undefined;
  jump?: string | undefined;
}

/** The tokens of ssh_config(5), except those of a server that has answered (%f, %H, %I, %K, %t) and of tunnels (%T). */
export function tokensOf(facts: TokenFacts): Tokens {
  const local = hostname();
  const me = userInfo();
  const { host, port, user, original } = facts;
  return {
    h: host,
    p: String(port),
    r: user,
    n: original,
    u: me.username,
    d: facts.home,
    i: String(me.uid),
    k: facts.hostKeyAlias ?? original,
    l: local,
    L: local.split('.')[0] ?? local,
    j: facts.jump ?? '',
    // OpenSSH 9.6 and newer put the jump host in; a path made with it is the user's to keep.
    C: createHash('sha1').update(`${local}${host}${port}${user}`).digest('hex'),
  };
}

/** A path as the configuration means it: `~`, variables as in `${HOME}`, and tokens; undefined where something in it is not known. */
export function expandPath(text: string, tokens: Tokens, home: string, env: NodeJS.ProcessEnv = process.env): string | undefined {
  // Another user's home is not looked up.
  if (/^~[^/\\]/.test(text)) return undefined;
  let missing = false;
  const tilde = text.replace(/^~(?=[/\\]|$)/, () => home.replaceAll('%', '%%'));
  const path = tilde.replace(/\$\{([^}]*)\}/g, (_all, name: string) => {
    const value = env[name];
    if (value === undefined) missing = true;
    return (value ?? '').replaceAll('%', '%%');
  });
  return missing ? undefined : expand(path, tokens);
}
