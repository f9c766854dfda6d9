import { useEffect } from 'react';
import { create } from 'zustand';
import { usePath } from '../../lib/router.ts';
import { useHosts } from '../hosts/facts.ts';

const useLast = create<{ host: string | null; set: (host: string) => void }>((set) => ({ host: null, set: (host) => set({ host }) }));

/** The server that the sidebar shows the apps of: the one of the page, else the last one, else the first. */
export function useChosenHost(): string | null {
  const path = usePath();
  const hosts = useHosts().data?.hosts ?? [];
  const { host: last, set } = useLast();
  const inPath = /^\/hosts\/([^/]+)/.exec(path)?.[1];
  useEffect(() => {
    if (inPath !== undefined) set(inPath);
  }, [inPath, set]);
  const known = (name: string | null | undefined) => hosts.find((host) => host.name === name)?.name;
  return known(inPath) ?? known(last) ?? hosts[0]?.name ?? null;
}
