import { create } from 'zustand';
import type { Copied } from '../../shared/contract/files.ts';
import type { FailureRecord } from '../../shared/errors.ts';

/** A copy between this computer and a server, that this window began. */
export interface Transfer {
  id: number;
  host: string;
  way: 'up' | 'down';
  /** What is copied, and the folder of the server that it is in or goes to. */
  name: string;
  folder: string;
  /** The handle of the file or folder here. */
  local: string;
  isRoot: boolean;
  overwrite: boolean;
  state: 'waits' | 'runs' | 'done' | 'failed';
  progress: { files: number; ofFiles: number; bytes: number; ofBytes: number } | null;
  done: Copied | null;
  failure: FailureRecord | null;
}

export const useTransfers = create<{
  of: readonly Transfer[];
  add: (transfer: Transfer) => void;
  change: (id: number, change: Partial<Transfer>) => void;
  forget: (id: number) => void;
}>((set) => ({
  of: [],
  add: (transfer) => set(({ of }) => ({ of: [...of, transfer] })),
  change: (id, change) => set(({ of }) => ({ of: of.map((one) => (one.id === id ? { ...one, ...change } : one)) })),
  forget: (id) => set(({ of }) => ({ of: of.filter((one) => one.id !== id) })),
}));

/** How much of it is copied, 0 to 1: by bytes, or by files where they are empty. */
export const shareOf = ({ progress }: Transfer): number =>
  progress === null ? 0 : progress.ofBytes > 0 ? progress.bytes / progress.ofBytes : progress.files / Math.max(progress.ofFiles, 1);
