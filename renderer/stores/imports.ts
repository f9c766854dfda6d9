import { create } from 'zustand';
import type { FailureRecord } from '../../shared/errors.ts';
import type { ImportAnswers } from '../../shared/rules/import-settings.ts';
import type { Folder } from './folders.ts';

/** A folder that was brought to become an app. */
interface Brought {
  folder: Folder;
  host?: string | undefined;
  /** What was typed and put right when it was sent before. */
  name?: string | undefined;
  corrected?: ImportAnswers | null | undefined;
  /** What was found to be written, and is not to be kept. */
  unkept?: readonly string[] | undefined;
  /** Settings of the plan that are not to be. */
  dropped?: readonly string[] | undefined;
  /** Why its deployment did not begin: said at the field that it is about. */
  refused?: FailureRecord | undefined;
}

/** What stands on the page of the import plan; null where no folder was brought in this session. */
export const useImports = create<{
  brought: Brought | null;
  bring: (brought: Brought | null) => void;
  /** Where the last new app was made: the next one lies beside it unless somebody says otherwise. */
  into: Folder | null;
  makeIn: (into: Folder | null) => void;
}>((set) => ({
  brought: null,
  bring: (brought) => set({ brought }),
  into: null,
  makeIn: (into) => set({ into }),
}));
