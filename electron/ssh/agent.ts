import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import ssh2, { type BaseAgent as SshAgent, type ParsedKey, type SigningRequestOptions, type SignCallback } from 'ssh2';

export interface FoundAgent {
  address: string;
  keys: ParsedKey[];
}

/**
 * Where agents usually are, best first. A desktop program often has no SSH_AUTH_SOCK, so the sockets of the agents that
 * come with Debian, GNOME, GnuPG and 1Password are looked for; on Windows OpenSSH's own pipe, then Pageant.
 */
export function agentAddresses(env: NodeJS.ProcessEnv = process.env, platform: NodeJS.Platform = process.platform): string[] {
  const socket = env.SSH_AUTH_SOCK;
  if (socket !== undefined && socket !== '') return [socket];
  if (platform === 'win32') return ['\\\\.\\pipe\\openssh-ssh-agent', 'pageant'];
  const run = env.XDG_RUNTIME_DIR;
  const home = env.HOME ?? homedir();
  const onePassword = platform === 'darwin' ? 'Library/Group Containers/2BUA8C4S2C.com.1password/t/agent.sock' : '.1password/agent.sock';
  const session = run === undefined || run === '' ? [] : ['openssh_agent', 'ssh-agent.socket', 'gcr/ssh', 'keyring/ssh', 'gnupg/S.gpg-agent.ssh'].map((name) => join(run, name));
  return [...session, join(home, onePassword)].filter((path) => existsSync(path));
}

/** The agent at this address, or the first of the usual ones that holds a key; one without keys where there is no better. */
export async function findAgent(address?: string): Promise<FoundAgent | undefined> {
  let empty: FoundAgent | undefined;
  for (const each of address === undefined ? agentAddresses() : [address]) {
    const { reachable, keys } = await agentKeys(each);
    if (reachable && keys.length > 0) return { address: each, keys };
    if (reachable) empty ??= { address: each, keys };
  }
  return empty;
}

/** The keys that an agent holds. A missing, silent or broken agent holds none: `reachable` tells the difference. */
function agentKeys(address: string, waitMs = 3_000): Promise<{ reachable: boolean; keys: ParsedKey[] }> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve({ reachable: false, keys: [] }), waitMs);
    const finish = (reachable: boolean, keys: ParsedKey[]): void => {
      clearTimeout(timer);
      resolve({ reachable, keys });
    };
    try {
      ssh2.createAgent(address).getIdentities((error, keys) => {
        if (error !== undefined && error !== null) return finish(false, []);
        // Certificates and hardware keys are listed too; ssh2 could not parse them and left them out.
        finish(true, (keys ?? []) as ParsedKey[]);
      });
    } catch {
      finish(false, []);
    }
  });
}

/** An agent cut down to some of its keys: each key tried is one of the server's MaxAuthTries, of which there are 6. */
export class AgentPart extends ssh2.BaseAgent<ParsedKey> {
  readonly #agent: SshAgent;

  constructor(
    address: string,
    readonly keys: ParsedKey[],
    /** Told when a signature is asked for and when it came: agents may ask a person first. */
    private readonly signing: (busy: boolean) => void,
  ) {
    super();
    this.#agent = ssh2.createAgent(address);
  }

  override getIdentities(callback: (error?: Error | null, keys?: ParsedKey[]) => void): void {
    callback(null, this.keys);
  }

  override sign(key: ParsedKey, data: Buffer, options: SigningRequestOptions | SignCallback, callback?: SignCallback): void {
    this.signing(true);
    const done: SignCallback = (error, signature) => {
      this.signing(false);
      (typeof options === 'function' ? options : callback)?.(error, signature);
    };
    this.#agent.sign(key, data, typeof options === 'function' ? {} : options, done);
  }
}
