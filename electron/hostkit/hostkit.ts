import { Failure } from '../../shared/errors.ts';
import type { Secret } from '../../shared/secret.ts';
import type { Action, Answer } from './actions.ts';
import type { ExecChannel, OpenChannel } from './channel.ts';
import { type Hello, type Opened, Silence, start, type Ways } from './handshake.ts';
import { packKit, type PackedKit } from './pack.ts';
import { become, type Program } from './programs.ts';
import { type CallOptions, readActions, Session } from './session.ts';

export type { OpenChannel } from './channel.ts';

/** The kit on a host, running as root for as long as its channel is open. */
export interface Kit {
  readonly hello: Hello;
  /** The host was set up by a newer ForgeBoard: only `readActions` are allowed. */
  readonly readOnly: boolean;
  /**
   * Runs an action. Rejects with the kit's Failure; `unknown-outcome` where the connection was lost during an action that
   * changes something, `unreachable` during one that reads; `kit-mismatch` where the answer has another form.
   */
  call<A extends Action>(action: A, args: object, options?: CallOptions): Promise<Answer<A>>;
  close(): void;
  /** Resolves when the kit is gone, whoever ended it. */
  readonly closed: Promise<void>;
}

export interface OpenOptions {
  user: string;
  /** Asks for the sudo password; at most twice (attempt 1 and 2). undefined: nobody can be asked, or they declined. */
  askSudo: (attempt: number) => Promise<Secret | undefined>;
  signal?: AbortSignal | undefined;
  /** Runs our kit from memory although one is installed. */
  force?: 'loader' | undefined;
  /** Our kit, where it is not packed from the checkout. */
  pack?: PackedKit | undefined;
  /** Gets what the kit writes to stderr: the stack of a bug, with the id that its failure carries. Never secrets. */
  log?: ((text: string) => void) | undefined;
}

/**
 * Starts the kit over `open` and brings an installed one to our version: an older or damaged one is replaced, a newer one
 * is left and makes the result read-only. A host without a kit gets ours in memory; nothing is written there.
 */
export async function openKit(open: OpenChannel, options: OpenOptions): Promise<Kit> {
  const { opened, ways, readOnly } = await opening(open, options);
  return kitOf(opened, ways, readOnly);
}

/**
 * Has the kit become a program of the host, with root's rights, in a folder that is taken from the home of the account on. Its
 * input and output are the channel's from then on. @throws Failure as openKit, missing-requirement, not-found
 */
export async function openProgram(open: OpenChannel, options: OpenOptions, program: Program, folder: string): Promise<ExecChannel> {
  const { opened } = await opening(open, options);
  return become(opened, program, folder);
}

async function opening(open: OpenChannel, options: OpenOptions): Promise<{ opened: Opened; ways: Ways; readOnly: boolean }> {
  const pack = options.pack ?? packKit();
  const ways: Ways = { user: options.user, pack, askSudo: askOnce(options.askSudo), signal: options.signal, log: options.log };
  const opened = await startAnyhow(open, ways, options.force);
  const state = compare(opened.hello, pack);
  if (state === 'ours' || state === 'newer' || options.force !== undefined) return { opened, ways, readOnly: state === 'newer' };
  if (state === 'damaged') opened.channel.close();
  return { opened: await replace(open, ways, state === 'damaged' ? await start(open, ways, 'loader') : opened), ways, readOnly: false };
}

/** A kit that does not even start although one is there is passed over: ours runs from memory and repairs it. */
async function startAnyhow(open: OpenChannel, ways: Ways, force?: 'loader'): Promise<Opened> {
  try {
    return await start(open, ways, force);
  } catch (error) {
    if (!(error instanceof Silence) || force !== undefined || !error.complaint.includes('/usr/local/lib/forgeboard/')) throw error;
  }
  const opened = await start(open, ways, 'loader');
  return { ...opened, hello: { ...opened.hello, installed: true } };
}

type State = 'ours' | 'newer' | 'older' | 'damaged';

function compare(hello: Hello, pack: PackedKit): State {
  const order = compareVersions(hello.version, pack.version);
  if (hello.installed && hello.name !== hello.hash) return 'damaged';
  if (hello.format > pack.format || order > 0) return 'newer';
  return hello.hash === pack.hash ? 'ours' : 'older';
}

function compareVersions(one: string, other: string): number {
  const [a, b] = [one, other].map((version) => version.split('.').map(Number));
  return [0, 1, 2].map((part) => (a?.[part] ?? 0) - (b?.[part] ?? 0)).find((difference) => difference !== 0) ?? 0;
}

/** Installs our kit by the one that runs, and opens the installed one. */
async function replace(open: OpenChannel, ways: Ways, opened: Opened): Promise<Opened> {
  const old = kitOf(opened, ways, false);
  try {
    await old.call('kit.install', {}, { body: ways.pack.bytes, signal: ways.signal });
  } finally {
    old.close();
  }
  const fresh = await start(open, ways);
  if (compare(fresh.hello, ways.pack) === 'ours') return fresh;
  fresh.channel.close();
  throw new Failure('kit-mismatch', 'the kit on this host is not the one that was installed', {
    hint: 'Somebody else may be installing another version at this moment. Try again.',
  });
}

function kitOf(opened: Opened, ways: Ways, readOnly: boolean): Kit {
  const session = new Session(opened);
  opened.complaints.listen(ways.log ?? (() => {}));
  return {
    hello: opened.hello,
    readOnly,
    closed: session.closed,
    close: () => session.close(),
    async call(action, args, options) {
      if (readOnly && !readActions.has(action)) {
        throw new Failure('kit-mismatch', `this host was set up by a newer ForgeBoard (${opened.hello.version})`, {
          hint: 'Update ForgeBoard on this computer to change something there.',
        });
      }
      return session.call(action, args, options);
    },
  };
}

/** A password that was right is not asked for again when the kit is opened a second time. */
function askOnce(ask: OpenOptions['askSudo']): OpenOptions['askSudo'] {
  let last: Secret | undefined;
  return async (attempt) => {
    last = attempt === 1 && last !== undefined ? last : await ask(attempt);
    return last;
  };
}
