import { useCallback, useState } from 'react';
import type { FileEntry } from '../../../shared/contract/files.ts';
import { useCommand } from '../../lib/query.ts';
import { joined } from './places.ts';
import type { Due } from './row-keys.ts';

/** What is changed in a folder: names are asked for, the server asks before anything goes, and the focus stays where it was in the list. */
export function useChanges({ host, path, who, shown }: { host: string; path: string | null; who: { sudo?: boolean }; shown: readonly FileEntry[] }) {
  const touched = { touches: ['files.list'] };
  const make = useCommand('files.mkdir', touched);
  const move = useCommand('files.move', touched);
  const remove = useCommand('files.remove', touched);
  /** Whose name is asked for: null for a new folder. */
  const [named, setNamed] = useState<FileEntry | null | undefined>();
  const [due, setDue] = useState<Due | null>(null);
  return {
    named,
    working: (make.isPending && 'Making') || (move.isPending && 'Renaming'),
    unnamed: make.error ?? move.error,
    unremoved: remove.error !== null && remove.error.problem !== 'cancelled' ? remove.error : null,
    dismiss: () => remove.reset(),
    due,
    forgetDue: useCallback(() => setDue(null), []),
    name(wanted: FileEntry | null | undefined): void {
      make.reset();
      move.reset();
      setNamed(wanted);
    },
    giveName(text: string): void {
      if (path === null) return;
      const done = (due: Due | null) => ({
        onSuccess: () => {
          setDue(due);
          setNamed(undefined);
        },
      });
      if (named == null) make.mutate({ host, path: joined(path, text), ...who }, done(null));
      else move.mutate({ host, from: joined(path, named.name), to: joined(path, text), ...who }, done({ name: text, without: null }));
    },
    // The server is looked at first, and then it asks.
    remove({ name }: FileEntry): void {
      if (path === null) return;
      const at = shown.findIndex((entry) => entry.name === name);
      const next = (shown[at + 1] ?? shown[at - 1])?.name ?? null;
      remove.mutate({ host, path: joined(path, name), ...who }, { onSuccess: () => setDue({ name: next, without: name }) });
    },
  };
}
