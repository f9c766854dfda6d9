import ssh2, { type BaseAgent as SshAgent, type ParsedKey, type SigningRequestOptions, type SignCallback } from 'ssh2';

/** The running agent's address, if the machine has one. */
export function agentAddress(env: NodeJS.ProcessEnv = process.env): string | undefined {
  const socket = env.SSH_AUTH_SOCK;
  if (socket !== undefined && socket !== '') return socket;
  return process.platform === 'win32' ? 'pageant' : undefined;
}

/** The keys that an agent holds. A missing, silent or broken agent holds none: `reachable` tells the difference. */
export function agentKeys(address: string, waitMs = 3_000): Promise<{ reachable: boolean; keys: ParsedKey[] }> {
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
