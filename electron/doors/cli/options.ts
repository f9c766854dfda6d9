import { resolve } from 'node:path';
import { Argument, type Command, Option } from 'commander';
import { z } from 'zod';
import type { Operation } from '../../../shared/contract/operation.ts';

/** One input field as the command line sees it. */
interface Field {
  name: string;
  flag: string;
  description: string;
  required: boolean;
  isSwitch: boolean;
  /** A switch that is on unless --no-NAME is said. */
  isOn: boolean;
  /** list: an array of texts. */
  kind: 'folder' | 'file' | 'list' | 'value';
}

/** Reads the fields of an operation's input from its zod schema, through optional and default wrappers. */
export function fieldsOf(operation: Operation): Field[] {
  const shape = operation.input instanceof z.ZodObject ? (operation.input.shape as Record<string, z.ZodType>) : {};
  return Object.entries(shape).flatMap(([name, schema]) => {
    const { inner, metas } = unwrap(schema);
    const kind = metas.find((meta) => meta.kind !== undefined)?.kind;
    if (kind === 'window') return [];
    const field: Field = {
      name,
      flag: name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`),
      description: metas.find((meta) => meta.description !== undefined)?.description ?? '',
      required: !schema.safeParse(undefined).success,
      isSwitch: inner instanceof z.ZodBoolean,
      isOn: inner instanceof z.ZodBoolean && schema.safeParse(undefined).data === true,
      kind: kind === 'folder' || kind === 'file' || kind === 'list' ? kind : 'value',
    };
    return [field];
  });
}

function unwrap(schema: z.ZodType): { inner: z.ZodType; metas: { description?: string | undefined; kind?: unknown }[] } {
  const metas = [];
  let inner = schema;
  for (;;) {
    const meta = inner.meta();
    if (meta !== undefined) metas.push(meta);
    if (inner instanceof z.ZodOptional || inner instanceof z.ZodDefault || inner instanceof z.ZodNullable) inner = inner.unwrap() as z.ZodType;
    else return { inner, metas };
  }
}

/** Declares an operation's arguments and options on its command. */
export function declare(command: Command, operation: Operation): void {
  const positional = operation.cli.positional ?? [];
  const fields = fieldsOf(operation);
  for (const name of positional) {
    const field = fields.find((candidate) => candidate.name === name);
    if (field !== undefined) command.addArgument(new Argument(argumentForm(field), field.description));
  }
  for (const field of fields.filter(({ name }) => !positional.includes(name))) {
    const option = new Option(field.isSwitch ? `--${field.isOn ? 'no-' : ''}${field.flag}` : `--${field.flag} <${field.kind === 'file' ? 'file' : 'value'}>`, field.description);
    if (field.kind === 'list') option.argParser((value: string, before: string[] = []) => [...before, value]);
    command.addOption(field.required ? option.makeOptionMandatory() : option);
  }
}

/** A list takes what is left of the arguments, so it stands last. */
const argumentForm = ({ flag, kind, required }: Field) => (kind === 'list' ? (required ? `<${flag}...>` : `[${flag}...]`) : `<${flag}>`);

/**
 * The input of an operation from what commander parsed. Paths become absolute here, since only this door takes paths;
 * a folder becomes a handle, as in the window.
 */
export function inputFrom(operation: Operation, args: string[], options: Record<string, unknown>, openFolder: (path: string) => string): Record<string, unknown> {
  const positional = operation.cli.positional ?? [];
  const input: Record<string, unknown> = {};
  for (const { name, kind } of fieldsOf(operation)) {
    const index = positional.indexOf(name);
    const value = index < 0 ? options[name] : kind === 'list' ? args.slice(index) : args[index];
    if (value === undefined) continue;
    if (kind === 'folder') input[name] = openFolder(resolve(String(value)));
    else if (kind === 'file') input[name] = resolve(String(value));
    else input[name] = value;
  }
  return input;
}
