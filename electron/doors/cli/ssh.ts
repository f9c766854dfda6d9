import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import type { Command } from 'commander';
import type { Question } from '../../../shared/contract/questions.ts';
import { Failure, type FailureRecord } from '../../../shared/errors.ts';
import type { Secret } from '../../../shared/secret.ts';
import type { Actor, Dispatch } from '../../dispatch.ts';
import { failureText } from './print.ts';

/** A terminal on a server as this door needs it. */
export interface CommandTerminal {
  write(text: string): void;
  resize(columns: number, rows: number): void;
  onOutput(listener: (bytes: Buffer) => void): void;
  pause(): void;
  resume(): void;
  readonly ended: Promise<{ code: number | null; failure?: Failure }>;
  close(): void;
}

/** A command on a server as this door needs it. */
export interface CommandStreams {
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
  readonly exit: Promise<{ code: number | null; signal: string | null }>;
  close(): void;
}

export interface SshDoor {
  dispatch: Dispatch;
  actor: Actor;
  ask(question: Question): Promise<Secret | boolean | undefined>;
  terminal(ticket: string): CommandTerminal | undefined;
  command(ticket: string): CommandStreams | undefined;
}

// As ssh: what the command said, or this where there was no answer.
const noAnswer = 255;

export const declareSsh = (program: Command): Command =>
  program
    .command('ssh')
    .description('A shell on a server, or one command there; ends with its exit status, or 255 where the connection failed.')
    .argument('<host>', 'Name of the server on this laptop')
    .argument('[command...]', 'Run there by its login shell, words joined by spaces')
    .option('--app <name>', "Begin in this app's folder")
    .option('-t, --tty', 'Give the command a terminal')
    .passThroughOptions()
    .exitOverride();

/** Carries a shell or a command between this terminal, or pipes, and the server. */
export async function runSsh(host: string, words: string[], options: Record<string, unknown>, door: SshDoor): Promise<number> {
  const interruption = new AbortController();
  const interrupt = (): void => interruption.abort();
  process.on('SIGINT', interrupt);
  process.on('SIGTERM', interrupt);
  const call = async (name: string, input: unknown): Promise<string> => {
    const outcome = await door.dispatch(name, input, { actor: door.actor, emit: () => {}, ask: door.ask, signal: interruption.signal });
    if (outcome.ok) return (outcome.value as { ticket: string }).ticket;
    throw new Failure(outcome.failure.problem, outcome.failure.message, outcome.failure);
  };
  const size = { columns: process.stdout.columns ?? 80, rows: process.stdout.rows ?? 24 };
  const command = words.join(' ');
  try {
    if (command === '' && process.stdin.isTTY === true) {
      return await onTerminal(door.terminal(await call('terminals.open', { host, ...(typeof options.app === 'string' && { app: options.app }), ...size })));
    }
    if (options.tty === true && command !== '') return await onTerminal(door.terminal(await call('terminals.run', { host, command, ...size })));
    // As ssh: a script on standard input is read by the login shell.
    return await onPipes(door.command(await call('terminals.run', { host, command: command === '' ? 'exec "$SHELL" -l' : command })), interruption.signal);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    if (error.problem === 'cancelled') return 130;
    process.stderr.write(failureText(error as FailureRecord));
    return error.problem === 'invalid' ? 2 : noAnswer;
  } finally {
    process.off('SIGINT', interrupt);
    process.off('SIGTERM', interrupt);
    process.stdin.pause();
  }
}

async function onTerminal(terminal: CommandTerminal | undefined): Promise<number> {
  if (terminal === undefined) throw new Failure('unreachable', 'The terminal is not open any more');
  const { stdin, stdout } = process;
  const raw = stdin.isTTY === true;
  const typed = escaped();
  const decoder = new StringDecoder('utf8');
  const keys = (bytes: Buffer): void => {
    const { text, leave } = typed(decoder.write(bytes));
    terminal.write(text);
    if (leave) terminal.close();
  };
  const resized = (): void => terminal.resize(stdout.columns ?? 80, stdout.rows ?? 24);
  terminal.onOutput((bytes) => {
    if (stdout.write(bytes)) return;
    terminal.pause();
    stdout.once('drain', () => terminal.resume());
  });
  if (raw) stdin.setRawMode(true);
  stdin.on('data', keys).resume();
  stdout.on('resize', resized);
  try {
    const { code, failure } = await terminal.ended;
    if (failure !== undefined) process.stderr.write(`\r\n${failureText(failure as FailureRecord)}`);
    return code ?? noAnswer;
  } finally {
    // The terminal is given back as it was, whatever ended it.
    if (raw) stdin.setRawMode(false);
    stdin.off('data', keys);
    stdout.off('resize', resized);
  }
}

async function onPipes(streams: CommandStreams | undefined, signal: AbortSignal): Promise<number> {
  if (streams === undefined) throw new Failure('unreachable', 'The command does not run any more');
  const stop = (): void => streams.close();
  signal.addEventListener('abort', stop, { once: true });
  process.stdin.pipe(streams.stdin);
  const copied = [copy(streams.stdout, process.stdout), copy(streams.stderr, process.stderr)];
  try {
    const { code } = await streams.exit;
    await Promise.all(copied);
    return code ?? noAnswer;
  } finally {
    signal.removeEventListener('abort', stop);
    process.stdin.unpipe(streams.stdin);
  }
}

async function copy(from: Readable, to: NodeJS.WriteStream): Promise<void> {
  try {
    for await (const chunk of from) if (!to.write(chunk as Buffer)) await once(to, 'drain');
  } catch {
    // The end is told by the exit status.
  }
}

/** `~.` at the beginning of a line leaves, also where the server no longer answers; `~~` sends one `~`. As ssh. */
export function escaped(): (text: string) => { text: string; leave: boolean } {
  let begins = true;
  let tilde = false;
  return (text) => {
    let out = '';
    for (const character of text) {
      if (tilde) {
        tilde = false;
        if (character === '.') return { text: out, leave: true };
        out += character === '~' ? '~' : `~${character}`;
      } else if (begins && character === '~') {
        tilde = true;
        continue;
      } else out += character;
      begins = character === '\r' || character === '\n';
    }
    return { text: out, leave: false };
  };
}
