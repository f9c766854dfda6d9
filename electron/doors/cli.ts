import { once } from 'node:events';
import { Command, CommanderError, Option } from 'commander';
import type { Operation } from '../../shared/contract/operation.ts';
import type { Problem } from '../../shared/errors.ts';
import { type Actor, type Dispatch, operations } from '../dispatch.ts';
import { asker, type SecretDescriptors } from './cli/ask.ts';
import { declare, inputFrom } from './cli/options.ts';
import { failureText, readable } from './cli/print.ts';
import { type CommandStreams, type CommandTerminal, declareSsh, runSsh } from './cli/ssh.ts';
import { eventPrinter, results } from './cli/words.ts';

/** Other names of nouns, for people who say it so. */
const aliases: Record<string, string> = { hosts: 'servers' };

const nounSummaries: Record<string, string> = {
  hosts: 'Your servers',
  imports: 'Folders with an app in them',
  templates: 'What a new app can be made from',
  apps: 'Apps on a server',
  deployments: 'Deployments of an app',
  domains: 'Domains of an app',
  releases: 'Releases of an app',
  variables: 'Variables of an app, some of them secrets',
  logs: 'Logs of an app',
  forwards: 'Connections carried through a server',
  'known-hosts': 'Host keys that this computer trusts',
  keys: 'SSH keys of this computer, and the servers that know them',
};

export interface CommandLineDoor {
  dispatch: Dispatch;
  actor: Actor;
  version: string;
  openFolder(path: string): string;
  /** What a ticket stands for: a terminal, or a command's streams. */
  terminal(ticket: string): CommandTerminal | undefined;
  command(ticket: string): CommandStreams | undefined;
}

/** 0 done, 1 failed with a named problem, 2 wrong use, 3 outcome unknown. */
const exitCodes: Partial<Record<Problem, number>> = { invalid: 2, 'unknown-outcome': 3 };

/** Runs one command line to its end and says how it ended. Everything is generated from the contract. */
export async function runCommandLine(argv: string[], door: CommandLineDoor): Promise<number> {
  let exit = 0;
  const program = new Command('forgeboard')
    .description('Run Python apps on your own server.')
    .version(door.version)
    .configureHelp({ showGlobalOptions: true })
    .enablePositionalOptions()
    .exitOverride();
  const nouns = new Map<string, Command>();
  for (const [name, operation] of operations) {
    if (operation.cli.hidden === true) continue;
    const [noun = '', verb = ''] = name.split('.');
    const parent = nouns.get(noun) ?? nounCommand(program, noun);
    nouns.set(noun, parent);
    const { short } = operation.cli;
    // `logs APP` is `logs tail APP`: a short name that is the noun itself is the noun's default verb.
    const commands = [parent.command(verb, { isDefault: short === noun })];
    if (short !== undefined && short !== noun) commands.push(program.command(short));
    for (const command of commands) {
      declareCommon(command.description(operation.summary), operation);
      command.action(async () => {
        exit = await runOperation(name, operation, command, door);
      });
    }
  }
  // Bytes and not documents: the one command that is not made from the contract.
  const ssh = declareSsh(program);
  declareSecrets(ssh).action(async (host: string, words: string[], options: Record<string, unknown>) => {
    exit = await runSsh(host, words, options, { ...door, ask: asker(descriptorsOf(options), isTerminal()) });
  });
  try {
    await program.parseAsync(argv, { from: 'user' });
    return exit;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    throw error;
  }
}

function nounCommand(program: Command, noun: string): Command {
  const command = program.command(noun).description(nounSummaries[noun] ?? '');
  return aliases[noun] === undefined ? command : command.alias(aliases[noun]);
}

function declareCommon(command: Command, operation: Operation): void {
  declare(command, operation);
  command
    .addOption(new Option('--json', 'One JSON document, or one event a line for what streams'))
    .addOption(new Option('--verbose', 'Show the output of every step, not only of one that failed'))
    .exitOverride();
  declareSecrets(command);
}

const declareSecrets = (command: Command): Command =>
  command
    .addOption(new Option('--passphrase-fd <number>', "Read the key's passphrase from this file descriptor").argParser(Number))
    .addOption(new Option('--password-fd <number>', 'Read the password from this file descriptor').argParser(Number))
    .addOption(new Option('--sudo-password-fd <number>', 'Read the sudo password from this file descriptor').argParser(Number));

const descriptorsOf = (options: Record<string, unknown>): SecretDescriptors =>
  Object.fromEntries(
    (['passphrase', 'password', 'sudo-password'] as const).flatMap((kind) => {
      const number = options[`${kind.replace(/-p/, 'P')}Fd`];
      return typeof number === 'number' ? [[kind, number]] : [];
    }),
  ) as SecretDescriptors;

const isTerminal = (): boolean => process.stdin.isTTY === true && process.stderr.isTTY === true;

async function runOperation(name: string, operation: Operation, command: Command, door: CommandLineDoor): Promise<number> {
  const options = command.opts<Record<string, unknown>>();
  const json = options.json === true;
  const streams = operation.cli.document !== true && (operation.kind === 'stream' || operation.event.def.type !== 'never');
  const interruption = new AbortController();
  const onInterrupt = () => (interruption.signal.aborted ? process.exit(130) : interruption.abort());
  process.on('SIGINT', onInterrupt);
  process.on('SIGTERM', onInterrupt);
  const text = eventPrinter(options.verbose === true);
  try {
    const outcome = await door.dispatch(name, inputFrom(operation, command.args, options, door.openFolder), {
      actor: door.actor,
      emit: (event) => {
        if (!json) return write(operation.kind === 'stream' ? process.stdout : process.stderr, text(event as never));
        return streams ? write(process.stdout, `${JSON.stringify(event)}\n`) : undefined;
      },
      ask: asker(descriptorsOf(options), isTerminal()),
      signal: interruption.signal,
    });
    if (outcome.ok) {
      const result = json ? `${JSON.stringify(streams ? { type: 'result', value: outcome.value } : outcome.value)}\n` : (results[name] ?? readable)(outcome.value as never);
      await write(process.stdout, result);
      return 0;
    }
    // A follower that is interrupted has done what was asked.
    if (operation.kind === 'stream' && outcome.failure.problem === 'cancelled') return 0;
    if (json) await write(process.stdout, `${JSON.stringify({ type: 'failure', failure: outcome.failure })}\n`);
    else await write(process.stderr, failureText(outcome.failure));
    return exitCodes[outcome.failure.problem] ?? 1;
  } finally {
    process.off('SIGINT', onInterrupt);
    process.off('SIGTERM', onInterrupt);
  }
}

/** A slow reader of our output slows the sender down. */
async function write(stream: NodeJS.WriteStream, text: string): Promise<void> {
  if (text !== '' && !stream.write(text)) await once(stream, 'drain');
}
