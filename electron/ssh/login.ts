import type { AnyAuthMethod, ParsedKey } from 'ssh2';
import { Failure } from '../../shared/errors.ts';
import type { Secret } from '../../shared/secret.ts';
import { agentAddress, agentKeys, AgentPart } from './agent.ts';
import type { Credentials } from './credentials.ts';
import { type Identity, openIdentity, readIdentity } from './identity.ts';
import { placeOf, type SshTarget } from './target.ts';
import { usualKeys } from './usual-keys.ts';

/** One authentication request, and how long it may take relative to the usual. */
export interface Attempt {
  method: AnyAuthMethod;
  weight: number;
}

// sshd's MaxAuthTries: the sixth refused request ends the connection. `none` as the first request is not counted.
const tries = 6;
const mostAgentKeys = 5;
const passphraseTries = 3;
const passwordTries = 2;

/**
 * One person's ways into one host: key file, agent, password. Lives as long as the host's entry, so that a reconnect needs
 * no new answers: the opened key and the accepted password stay in memory, nowhere else.
 */
export class Login {
  #keys = new Map<string, ParsedKey>();
  #password: Secret | undefined;
  #typed: Secret | undefined;
  #used = 0;
  #tried: string[] = [];
  #offered: string[] | undefined;
  #unanswered: string | undefined;
  #agentNote: string | undefined;
  /** Whether a person was asked during the current connection; the server may have hung up meanwhile. */
  asked = false;
  /** Told when an agent starts and ends waiting for its owner. */
  signing: (busy: boolean) => void = () => {};

  constructor(
    private readonly target: SshTarget,
    readonly host: string,
    public credentials: Credentials,
  ) {}

  /** Whether the key file can be used at all: said before anything is sent. */
  async check(): Promise<void> {
    if (this.target.identity !== undefined) await readIdentity(this.target.identity);
  }

  /** The requests of one connection, in order; ends when there is nothing left to try. Reads what the server still allows. */
  async *attempts(signal?: AbortSignal): AsyncGenerator<Attempt, void, void> {
    this.#start();
    const username = this.target.user;
    const identity = this.target.identity === undefined ? undefined : await readIdentity(this.target.identity);
    const agent = await this.#agent();
    // Asks the server what it allows before a person is troubled or an agent's keys use up the tries.
    if (identity === undefined || (identity.encrypted && !this.#keys.has(identity.path))) yield { method: { type: 'none', username }, weight: 1 };

    const spent = new Set<ParsedKey>();
    if (identity !== undefined && this.#allows('publickey')) {
      const held = agent?.keys.find((key) => identity.publicBlob?.equals(key.getPublicSSH()) === true);
      if (identity.encrypted && !this.#keys.has(identity.path) && agent !== undefined && held !== undefined) {
        // The agent has the key open already: no passphrase needed.
        spent.add(held);
        yield this.#agentAttempt(agent.address, [held], `key ${identity.path} (in the agent)`);
      } else {
        if (held !== undefined) spent.add(held);
        yield* this.#keyAttempt(identity, signal);
      }
    }

    if (agent !== undefined && this.#allows('publickey')) {
      const room = tries - this.#used - (this.#passwordMethod() === undefined ? 0 : 1);
      const keys = agent.keys.filter((key) => !spent.has(key)).slice(0, Math.max(0, Math.min(mostAgentKeys, room)));
      if (keys.length > 0) yield this.#agentAttempt(agent.address, keys, `agent (${keys.length} of ${agent.keys.length} keys)`);
    }

    for (const usual of identity === undefined ? await usualKeys(agent?.keys ?? []) : []) {
      if (this.#allows('publickey') && this.#used < tries - 1) yield* this.#keyAttempt(usual, signal);
    }

    const method = this.#passwordMethod();
    for (let attempt = 1; method !== undefined && attempt <= passwordTries && this.#used < tries && this.#passwordMethod() === method; attempt++) {
      const remembered = this.#password;
      this.#password = undefined;
      const password = remembered ?? (await this.#ask('password', `${this.target.user} on ${this.host}`, attempt, signal));
      if (password === undefined) break;
      this.#typed = password;
      this.#count('password');
      if (method === 'password') yield { method: { type: 'password', username, password: password.reveal() }, weight: 1 };
      else yield { method: this.#interactive(password), weight: 1 };
    }
  }

  /** The server's answer to the last request: which methods are left. */
  refused(offered: string[] | null | undefined): void {
    if (offered !== null && offered !== undefined) this.#offered = offered;
  }

  /** The server accepted: what was typed is kept for reconnecting. */
  accepted(): void {
    this.#password = this.#typed ?? this.#password;
    this.#typed = undefined;
  }

  /** Why it ended without success. */
  failure(said?: string): Failure {
    const place = placeOf(this.target);
    const facts = { tried: this.#tried, offered: this.#offered ?? [], user: this.target.user, ...(said !== undefined && { said }) };
    if (this.#unanswered !== undefined) {
      return new Failure('needs-input', `${this.host} needs the ${this.#unanswered}, and nobody could be asked`, {
        facts,
        hint: 'Load the key into an ssh-agent (ssh-add), or start this where a question can be answered.',
      });
    }
    const tried = this.#tried.length === 0 ? 'nothing could be tried' : `tried: ${this.#tried.join(', ')}`;
    return new Failure('auth-failed', `${place} does not let ${this.target.user} in (${tried}; the server allows: ${this.#offered?.join(', ') ?? 'not said'})`, {
      facts,
      hint: this.#hint(),
    });
  }

  #hint(): string {
    const { identity, user } = this.target;
    const keys = this.#offered === undefined || this.#offered.includes('publickey');
    if (this.#agentNote !== undefined && identity === undefined) return `${this.#agentNote}. Give a key file, or start the agent and load a key with ssh-add.`;
    if (keys && identity !== undefined) return `Is the public half of ${identity} in ~/.ssh/authorized_keys of ${user} on the server? Is ${user} the right user?`;
    if (keys) return `Give a key file whose public half is in ~/.ssh/authorized_keys of ${user} on the server.`;
    return `Is ${user} the right user, and was the password right?`;
  }

  #start(): void {
    this.#used = 0;
    this.#tried = [];
    this.#offered = undefined;
    this.#unanswered = undefined;
    this.#agentNote = undefined;
    this.asked = false;
  }

  #allows(method: string): boolean {
    return this.#offered === undefined || this.#offered.includes(method);
  }

  #passwordMethod(): 'password' | 'keyboard-interactive' | undefined {
    // Not both: PAM stands behind either, and one wrong password would count twice towards a lock-out.
    if (this.#offered === undefined) return undefined;
    return (['password', 'keyboard-interactive'] as const).find((method) => this.#offered?.includes(method));
  }

  #count(what: string): void {
    this.#used++;
    this.#tried.push(what);
  }

  async #agent(): Promise<{ address: string; keys: ParsedKey[] } | undefined> {
    if (this.target.agent === false) return undefined;
    const address = agentAddress();
    const found = address === undefined ? undefined : await agentKeys(address);
    if (address === undefined || found?.reachable !== true) this.#agentNote = 'No ssh-agent is running';
    else if (found.keys.length === 0) this.#agentNote = 'The ssh-agent holds no keys';
    return address === undefined || found === undefined || found.keys.length === 0 ? undefined : { address, keys: found.keys };
  }

  #agentAttempt(address: string, keys: ParsedKey[], label: string): Attempt {
    this.#used += keys.length;
    this.#tried.push(label);
    return { method: { type: 'agent', username: this.target.user, agent: new AgentPart(address, keys, (busy) => this.signing(busy)) }, weight: keys.length };
  }

  /** One key file, opened once for all connections. */
  async *#keyAttempt(identity: Identity, signal?: AbortSignal): AsyncGenerator<Attempt, void, void> {
    const key = this.#keys.get(identity.path) ?? (await this.#open(identity, signal));
    if (key === undefined) return;
    this.#keys.set(identity.path, key);
    this.#count(`key ${identity.path}`);
    yield { method: { type: 'publickey', username: this.target.user, key }, weight: 1 };
  }

  #interactive(password: Secret): AnyAuthMethod {
    return {
      type: 'keyboard-interactive',
      username: this.target.user,
      // One hidden prompt is the password's. Anything more (a code, a new password) is left empty, and so refused.
      prompt: (_name, _instructions, _lang, prompts, answer) => answer(prompts.map((each) => (prompts.length === 1 && each.echo !== true ? password.reveal() : ''))),
    };
  }

  async #open(identity: Identity, signal?: AbortSignal): Promise<ParsedKey | undefined> {
    if (!identity.encrypted) return openIdentity(identity);
    for (let attempt = 1; attempt <= passphraseTries; attempt++) {
      const passphrase = await this.#ask('passphrase', `the key ${identity.path}`, attempt, signal);
      if (passphrase === undefined) return undefined;
      const key = openIdentity(identity, passphrase.reveal());
      if (key !== undefined) return key;
    }
    this.#tried.push(`key ${identity.path} (wrong passphrase)`);
    return undefined;
  }

  async #ask(kind: 'passphrase' | 'password', subject: string, attempt: number, signal?: AbortSignal): Promise<Secret | undefined> {
    this.asked = true;
    const answer = await this.credentials.ask({ kind, host: this.host, subject, attempt }, signal);
    // A password that nobody gives is no news where a key was refused before: the key is what to look at then.
    if (answer === undefined && (kind === 'passphrase' || this.#tried.length === 0)) this.#unanswered ??= `${kind} of ${subject}`;
    return answer;
  }
}
