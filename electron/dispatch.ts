import { randomBytes } from 'node:crypto';
import type { z } from 'zod';
import { contract, type Contract } from '../shared/contract/index.ts';
import type { Operation } from '../shared/contract/operation.ts';
import type { Question } from '../shared/contract/questions.ts';
import { Failure, type FailureRecord } from '../shared/errors.ts';
import { allows, type Role } from '../shared/rules/permissions.ts';
import type { Secret } from '../shared/secret.ts';

/** Who acts, as written into histories: "ana@laptop". */
export interface Actor {
  name: string;
  role: Role;
}

/** What the door that carries a call can do for it. */
export interface Carrier {
  actor: Actor;
  /** Receives each event; the returned promise holds the sender back while the reader is slow. */
  emit(event: unknown): void | Promise<void>;
  /** Answers a question: a Secret, true or false for a decision, undefined where nobody can be asked. */
  ask(question: Question): Promise<Secret | boolean | undefined>;
  signal: AbortSignal;
}

/** What a handler gets beside its input: the same, with events typed by its operation. */
export interface Context<Event = never> {
  actor: Actor;
  emit(event: Event): void | Promise<void>;
  ask: Carrier['ask'];
  signal: AbortSignal;
}

type Handler<O> = O extends Operation<infer I, infer Out, infer E> ? (input: z.output<I>, context: Context<z.input<E>>) => Promise<z.input<Out>> : never;

/** One noun's handlers: a forgotten one does not compile. */
export type Handlers<Noun extends keyof Contract> = { [Verb in keyof Contract[Noun]]: Handler<Contract[Noun][Verb]> };
export type AllHandlers = { [Noun in keyof Contract]: Handlers<Noun> };

export type Outcome = { ok: true; value: unknown } | { ok: false; failure: FailureRecord };

/** The one path every door takes: find, parse, authorise, run, map errors. Never throws. */
export type Dispatch = (name: string, input: unknown, carrier: Carrier) => Promise<Outcome>;

type AnyHandler = (input: unknown, context: Context<unknown>) => Promise<unknown>;

/** Every operation by its full name, `noun.verb`: a Map, since a plain object would answer to `toString`. */
export const operations: ReadonlyMap<string, Operation> = new Map(
  Object.entries(contract).flatMap(([noun, verbs]) => Object.entries(verbs).map(([verb, operation]) => [`${noun}.${verb}`, operation as Operation] as const)),
);

/** @param log receives the stack of a bug, under the id that the user sees. */
export function createDispatch(handlers: AllHandlers, log: (line: string) => void): Dispatch {
  const run = async (name: string, input: unknown, carrier: Carrier): Promise<unknown> => {
    const operation = operations.get(name);
    if (operation === undefined) throw new Failure('invalid', `There is no operation called ${JSON.stringify(name)}`);
    if (!allows(carrier.actor.role, operation.permission)) {
      throw new Failure('denied', `Your role is ${carrier.actor.role}; ${name} needs more`, { hint: 'An admin of the server can change it.' });
    }
    const [noun = '', verb = ''] = name.split('.');
    const handler = (handlers as unknown as Record<string, Record<string, AnyHandler>>)[noun]?.[verb] as AnyHandler;
    return operation.output.parse(await handler(parseInput(operation, input), carrier));
  };

  return async (name, input, carrier) => {
    try {
      return { ok: true, value: await run(name, input, carrier) };
    } catch (error) {
      return { ok: false, failure: asRecord(error, carrier.signal, log) };
    }
  };
}

function parseInput(operation: Operation, input: unknown): unknown {
  const parsed = operation.input.safeParse(input);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const field = issue?.path.join('.') ?? '';
  throw new Failure('invalid', issue?.message ?? 'The input breaks a rule', { ...(field !== '' && { field }) });
}

function asRecord(error: unknown, signal: AbortSignal, log: (line: string) => void): FailureRecord {
  if (error instanceof Failure) return error.toJSON();
  if (signal.aborted) return new Failure('cancelled', 'Cancelled').toJSON();
  const id = randomBytes(3).toString('hex');
  log(`bug ${id}: ${error instanceof Error ? error.stack : String(error)}`);
  return new Failure('bug', 'That is a bug in ForgeBoard, not in your app', { hint: `Number ${id} is in the log.`, facts: { id } }).toJSON();
}
