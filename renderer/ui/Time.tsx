import { useEffect, useSyncExternalStore } from 'react';
import { ago, clock, span } from '../lib/format.ts';
import { Tip } from './Tip.tsx';

let now = Date.now();
const watchers = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | undefined;

function watch(listener: () => void): () => void {
  watchers.add(listener);
  timer ??= setInterval(() => {
    if (document.hidden) return;
    now = Date.now();
    for (const one of watchers) one();
  }, 1_000);
  return () => {
    watchers.delete(listener);
    if (watchers.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}

/** This moment, each second, for everything that shows an age: one timer for the whole window. */
export function useNow(): number {
  useEffect(() => {
    now = Date.now();
  }, []);
  return useSyncExternalStore(watch, () => now);
}

/** A time as its age; the clock on hover and focus. */
export function Time({ at, whole = false }: { at: string; whole?: boolean }) {
  const moment = useNow();
  return (
    <Tip text={clock(at)}>
      <time dateTime={at}>{whole ? span(moment - Date.parse(at)) : ago(at, moment)}</time>
    </Tip>
  );
}

/** How old what is shown is, said once that matters: what is read every few seconds is not. */
export function Age({ at }: { at: number }) {
  const moment = useNow();
  const old = at > 0 && moment - at > 8_000;
  return old ? <span className="small third whole">read {ago(new Date(at).toISOString(), moment)}</span> : null;
}
