import { rename, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { parse, stringify } from 'yaml';
import type { z } from 'zod';
import { Failure } from '../../shared/errors.ts';
import { readIfThere, writeAtomic } from './files.ts';

/** A YAML file that people may edit too. What cannot be read is set aside, never overwritten, and the last good copy takes its place. */
export interface Document<T> {
  /** @throws Failure config-invalid where it cannot be read and there is no good copy; the next read begins anew */
  read(): Promise<T>;
  /** One change at a time, each from the newest file; written whole or not at all. */
  change(edit: (value: T) => T): Promise<void>;
}

export interface DocumentOptions<T> {
  path: string;
  schema: z.ZodType<T>;
  empty: T;
  /** What it holds, for messages: "The list of servers". */
  what: string;
  /** Told once for each file that was set aside. */
  recovered?: ((text: string) => void) | undefined;
}

export function openDocument<T>({ path, schema, empty, what, recovered = () => {} }: DocumentOptions<T>): Document<T> {
  const copy = `${path}.last-good`;
  let last: Promise<unknown> = Promise.resolve();
  let known: string | undefined;

  const understood = (text: string | null): { value: T } | undefined => {
    const parsed = text === null ? undefined : schema.safeParse(parseOrNull(text));
    return parsed?.success === true ? { value: parsed.data } : undefined;
  };

  /** Keeps a copy of what was read or written well. Without it nothing but the safety net is missing. */
  const keep = async (text: string): Promise<void> => {
    if (known === text) return;
    known = text;
    if ((await readIfThere(copy).catch(() => null)) !== text) await writeAtomic(copy, text).catch(() => {});
  };

  const read = async (): Promise<T> => {
    const text = await readIfThere(path);
    if (text === null) return empty;
    const found = understood(text);
    if (found !== undefined) {
      await keep(text);
      return found.value;
    }
    const aside = `${path}.broken-${Date.now()}`;
    await rename(path, aside);
    const kept = await readIfThere(copy).catch(() => null);
    const good = understood(kept);
    if (kept === null || good === undefined) {
      recovered(`${basename(path)} could not be read and was set aside as ${aside}.`);
      throw new Failure('config-invalid', `${what} in ${path} could not be read and was set aside`, { hint: `Mend ${aside} and name it ${basename(path)} again, or begin anew.` });
    }
    const from = (await stat(copy)).mtime.toISOString();
    await writeAtomic(path, kept);
    recovered(`${basename(path)} could not be read; the copy from ${from} took its place. The bad file is kept as ${aside}.`);
    return good.value;
  };

  const inTurn = <R>(work: () => Promise<R>): Promise<R> => {
    const next = last.then(work);
    last = next.catch(() => {});
    return next;
  };

  return {
    read: () => inTurn(read),
    change: (edit) =>
      inTurn(async () => {
        const text = stringify(edit(await read()));
        try {
          await writeAtomic(path, text);
        } catch (error) {
          throw new Failure('unreadable', `${path} cannot be written (${(error as NodeJS.ErrnoException).code ?? 'unknown error'})`, {
            hint: 'Nothing was changed. Is the disk full or the folder read-only?',
          });
        }
        await keep(text);
      }),
  };
}

function parseOrNull(text: string): unknown {
  try {
    return parse(text, { maxAliasCount: 0 });
  } catch {
    return null;
  }
}
