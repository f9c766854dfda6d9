import type { AppSpec } from '../spec.ts';

/** What of an app lies on its host, as the kit read it. */
export interface Ejected {
  app: string;
  spec: AppSpec;
  user: { name: string; uid: number; gid: number } | null;
  live: 'a' | 'b' | null;
  release: number | null;
  previous: number | null;
  boot: boolean;
  files: { path: string; mode: number; text: string }[];
  folders: { path: string; mode: number; owner: string }[];
  releases: { release: number; createdAt: number; actor: string; venv: string; python: string | null }[];
  slots: { slot: 'a' | 'b'; release: number | null; venv: string; variables: string }[];
  variables: { file: string; names: string[] } | null;
}
