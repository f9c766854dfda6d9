/** An Electron: the one that runs, and the one that this version of ForgeBoard is made for ('' where that is not known). */
export interface Runtime {
  running: string;
  madeFor: string;
}

/** Whether an older Electron runs than the one that is shipped: in development and tests, where the current one cannot be had. */
export function isOlder({ running, madeFor }: Runtime): boolean {
  const major = (version: string) => Number(version.split('.')[0]);
  return major(running) < major(madeFor);
}

/** For an About box: "Electron 25.1.1, an older one for development and tests; this version is made for 45.4.1". */
export function runtimeWords(runtime: Runtime): string {
  return `Electron ${runtime.running}${isOlder(runtime) ? `, an older one for development and tests; this version is made for ${runtime.madeFor}` : ''}`;
}
