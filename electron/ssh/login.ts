import type { AnyAuthMethod, ParsedKey } from 'ssh2';
import { Failure } from '../../shared/errors.ts';
import type { Secret } from '../../shared/secret.ts';
import { AgentPart, type FoundAgent, findAgent } from './agent.ts';
import { clean } from './greeting.ts';
import type { Credentials } from './credentials.ts';
import { type Identity, openIdentity, readIdentity } from './identity.ts';
import { placeOf, type SshTarget } from './target.ts';
import { promptKind } from './prompts.ts';
import { type Candidate, candidates, usualKeys } from './usual-keys.ts';

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
const mostPrompts = 8;

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
  /** Told when a question in the middle of a login could not be put: whoever waited has left. */
  broken: (error: unknown) => void = () => {};

  constructor(
    private readonly target: SshTarget,
    readonly host: string,
    public credentials: Credentials,
  ) {}

  /** The same person's way in, for a connection beside the first one: what was opened or accepted once is not asked for again. */
  beside(): Login {
    const other = new Login(this.target, this.host, this.credentials);
    other.#keys = this.#keys;
    other.#password = this.#password;
    return other;
  }

  /** Whether the key file can be used at all: said before anything is sent. */
  async check(): Promise<void> {
    if (this.target.identity !== undefined) await readIdentity(this.target.identity);
  }

  /** The requests of one connection, in order; ends when there is nothing left to try. Reads what the server still allows. */
  async *attempts(signal?: AbortSignal): AsyncGenerator<Attempt, void, void> {
    this.#start();
    const username = this.target.user;
    const identity = this.target.identity === undefined ? undefined : await readIdentity(this.target.identity);
    const files = await this.#files(identity);
    const agent = await this.#agent(files);
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

    // What the configuration names for this host goes before whatever else the agent holds: the server counts the tries.
    const configured = this.target.identities !== undefined;
    if (configured) yield* this.#fileAttempts(files, agent, spent, signal);

    if (agent !== undefined && this.#allows('publickey')) {
      const room = tries - this.#used - (this.#passwordMethod() === undefined ? 0 : 1);
      const keys = agent.keys.filter((key) => !spent.has(key)).slice(0, Math.max(0, Math.min(mostAgentKeys, room)));
      if (keys.length > 0) yield this.#agentAttempt(agent.address, keys, `agent (${keys.length} of ${agent.keys.length} keys)`);
    }

    if (!configured) {
      for (const { identity: usual, publicBlob } of files) {
        const offered = agent?.keys.some((key) => publicBlob?.equals(key.getPublicSSH()) === true) === true;
        if (usual !== undefined && !offered && this.#allows('publickey') && this.#used < tries - 1) yield* this.#keyAttempt(usual, signal);
      }
    }

    const method = this.#passwordMethod();
    for (let attempt = 1; method !== undefined && attempt <= passwordTries && this.#used < tries && this.#passwordMethod() === method; attempt++) {
      if (method === 'keyboard-interactive') {
        if (this.#unanswered !== undefined) break;
        this.#count('keyboard-interactive');
        yield { method: this.#interactive(attempt, signal), weight: 1 };
        continue;
      }
      const remembered = this.#password;
      this.#password = undefined;
      const password = remembered ?? (await this.#ask('password', `${this.target.user} on ${this.host}`, attempt, signal));
      if (password === undefined) break;
      this.#typed = password;
      this.#count('password');
      yield { method: { type: 'password', username, password: password.reveal() }, weight: 1 };
    }
  }

  /** Key files beside the one that was named: those of the configuration, or the usual ones where nothing is named at all. */
  async #files(identity: Identity | undefined): Promise<Candidate[]> {
    const paths = this.target.identities ?? (identity === undefined ? usualKeys() : []);
    return candidates(paths.filter((path) => path !== identity?.path));
  }

  /** Files in their order; by way of the agent where it holds the key open, and where only the public half is there. */
  async *#fileAttempts(files: Candidate[], agent: FoundAgent | undefined, spent: Set<ParsedKey>, signal?: AbortSignal): AsyncGenerator<Attempt, void, void> {
    for (const { path, publicBlob, identity } of files) {
      if (!this.#allows('publickey') || this.#used >= tries - 1) return;
      const held = agent?.keys.find((key) => publicBlob?.equals(key.getPublicSSH()) === true);
      if (held !== undefined && spent.has(held)) continue;
      if (held !== undefined) spent.add(held);
      if (agent !== undefined && held !== undefined && (identity === undefined || identity.encrypted)) {
        yield this.#agentAttempt(agent.address, [held], `key ${path} (in the agent)`);
      } else if (identity !== undefined) yield* this.#keyAttempt(identity, signal);
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
      hint: this.#hint(said),
    });
  }

  #hint(said = ''): string {
    const { identity, user } = this.target;
    if (/too many authentication/i.test(said))
      return 'The server ends a login after a few keys (MaxAuthTries). Name the right one: --identity FILE, or IdentityFile and IdentitiesOnly in ~/.ssh/config.';
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

  async #agent(files: Candidate[]): Promise<FoundAgent | undefined> {
    if (this.target.agent === false) return undefined;
    const found = await findAgent(this.target.agentAddress);
    if (found === undefined) this.#agentNote = 'No ssh-agent is running';
    else if (found.keys.length === 0) this.#agentNote = 'The ssh-agent holds no keys';
    if (found === undefined || this.target.identitiesOnly !== true) return found?.keys.length === 0 ? undefined : found;
    const keys = found.keys.filter((key) => files.some(({ publicBlob }) => publicBlob?.equals(key.getPublicSSH()) === true));
    return keys.length === 0 ? undefined : { ...found, keys };
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

  /** PAM's way: the server asks, in one or several rounds. A password is known or asked for once, a code always. */
  #interactive(attempt: number, signal?: AbortSignal): AnyAuthMethod {
    let first = true;
    const answered = async (prompts: { prompt: string; echo?: boolean | undefined }[]): Promise<string[]> => {
      const answers: string[] = [];
      for (const { prompt, echo } of prompts.slice(0, mostPrompts)) {
        const kind = promptKind(prompt, { hidden: echo !== true, alone: first && prompts.length === 1 });
        if (kind === 'password' && this.#typed === undefined) {
          this.#typed = this.#password ?? (await this.#ask('password', `${this.target.user} on ${this.host}`, attempt, signal));
          this.#password = undefined;
          answers.push(this.#typed?.reveal() ?? '');
        } else if (kind === 'code') answers.push((await this.#ask('code', clean(prompt, 120), attempt, signal))?.reveal() ?? '');
        else answers.push('');
      }
      return answers;
    };
    this.#typed = undefined;
    return {
      type: 'keyboard-interactive',
      username: this.target.user,
      prompt: (_name, _instructions, _lang, prompts, answer) => {
        this.signing(true); // a person thinks: the server's time stands still
        void answered(prompts).then((answers) => {
          first = false;
          this.signing(false);
          answer(answers);
        }, this.broken);
      },
    };
  }

  async #open(identity: Identity, signal?: AbortSignal): Promise<ParsedKey | undefined> {
    if (!identity.encrypted) return openIdentity(identity);
    for (let attempt = 1; attempt <= passphraseTries; attempt++) {
      const passphrase = await this.#ask('passphrase', `the key ${identity.path}`, attempt, signal, identity.path === this.target.identity ? undefined : identity.path);
      if (passphrase === undefined) return undefined;
      const key = openIdentity(identity, passphrase.reveal());
      if (key !== undefined) return key;
    }
    this.#tried.push(`key ${identity.path} (wrong passphrase)`);
    return undefined;
  }

  async #ask(kind: 'passphrase' | 'password' | 'code', subject: string, attempt: number, signal?: AbortSignal, file?: string): Promise<Secret | undefined> {
    this.asked = true;
    const answer = await this.credentials.ask({ kind, host: this.host, subject, attempt, ...(file !== undefined && { file }) }, signal);
    // A password that nobody gives is no news where a key was refused before: the key is what to look at then.
    if (answer === undefined && (kind !== 'password' || this.#tried.every((each) => each === 'keyboard-interactive'))) this.#unanswered ??= `${kind} of ${subject}`;
    return answer;
  }
}
