import { z } from 'zod';
import type { Permission } from '../rules/permissions.ts';

/**
 * An operation, declared once and reachable through every door (window, command line, later HTTP).
 * - query: reads, changes nothing
 * - command: changes something; may report progress as events; ends with one output
 * - stream: goes on telling events until it is cancelled or has no more
 */
export interface Operation<Input extends z.ZodType = z.ZodType, Output extends z.ZodType = z.ZodType, Event extends z.ZodType = z.ZodType> {
  readonly kind: 'query' | 'command' | 'stream';
  /** One sentence a user can read: command-line help and API reference are made from it. */
  readonly summary: string;
  readonly permission: Permission;
  readonly input: Input;
  readonly output: Output;
  readonly event: Event;
  readonly cli: CommandLine;
}

/** How the command line spells an operation; the rest follows from its name and input. */
interface CommandLine {
  /** Input fields given by position, in order; the others are --options. */
  readonly positional?: readonly string[];
  /** Means nothing on a command line: left out there. */
  readonly hidden?: boolean;
  /** With --json its result alone is printed, as one document: its progress is for people. */
  readonly document?: boolean;
  /** The page of an app where the window does this. */
  readonly page?: string;
  /** A short name beside NOUN VERB, for example `deploy`. */
  readonly short?: string;
}

interface Declaration<Input extends z.ZodType, Output extends z.ZodType> {
  summary: string;
  permission: Permission;
  input: Input;
  output: Output;
  cli?: CommandLine;
}

type WithEvents<Event extends z.ZodType> = { event: Event };

export function query<I extends z.ZodType, O extends z.ZodType>(declared: Declaration<I, O>): Operation<I, O, z.ZodNever> {
  return { kind: 'query', cli: {}, event: z.never(), ...declared };
}

export function command<I extends z.ZodType, O extends z.ZodType, E extends z.ZodType = z.ZodNever>(declared: Declaration<I, O> & Partial<WithEvents<E>>): Operation<I, O, E> {
  return { kind: 'command', cli: {}, event: z.never() as unknown as E, ...declared };
}

export function stream<I extends z.ZodType, O extends z.ZodType, E extends z.ZodType>(declared: Declaration<I, O> & WithEvents<E>): Operation<I, O, E> {
  return { kind: 'stream', cli: {}, ...declared };
}

/** A field that holds a handle to a folder, or a file, that the user chose; doors make handles, pages and scripts never send paths. */
export const folderHandle = (describe: string) => z.string().min(1).max(4096).meta({ description: describe, kind: 'folder' });

/** A field that holds a path on the user's own machine (the command line makes it absolute). */
export const localFile = (describe: string) => z.string().min(1).max(4096).meta({ description: describe, kind: 'file' });
