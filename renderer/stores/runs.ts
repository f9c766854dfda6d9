import { create } from 'zustand';
import type { Run } from '../features/deployments/progress.ts';

interface Runs {
  /** By a key of the window's own; a deployment has no number before its server gave it one. */
  runs: Record<string, Run>;
  set: (key: string, change: (run: Run | undefined) => Run) => void;
  forget: (key: string) => void;
}

/** Deployments that this window started or follows: what the tray shows, and what a page comes back to. */
export const useRuns = create<Runs>((set) => ({
  runs: {},
  set: (key, change) => set(({ runs }) => ({ runs: { ...runs, [key]: change(runs[key]) } })),
  forget: (key) => set(({ runs }) => Object.fromEntries([['runs', Object.fromEntries(Object.entries(runs).filter(([name]) => name !== key))]]) as Pick<Runs, 'runs'>),
}));
