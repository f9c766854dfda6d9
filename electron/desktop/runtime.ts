import type { Runtime } from '../../shared/rules/runtime.ts';

/** Written into the bundle by build/bundle.ts: the version of Electron in package.json. */
declare const FORGEBOARD_ELECTRON: string;

/** What this process runs on. */
export const runtime: Runtime = { running: process.versions.electron ?? '', madeFor: FORGEBOARD_ELECTRON };
