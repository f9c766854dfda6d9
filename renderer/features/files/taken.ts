import { useEffect } from 'react';
import { useDrops } from '../../stores/drops.ts';
import { oneLine } from './places.ts';

/** What is dropped on the window goes into this folder while it is open, and nowhere else where it cannot: an app is dropped on other pages. */
export function useTaken(
  { host, path, off, isRoot }: { host: string; path: string | null; off: string | false; isRoot: boolean },
  take: (files: readonly File[]) => Promise<void>,
): void {
  const offer = useDrops(({ offer }) => offer);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the folder is what it depends on
  useEffect(() => {
    if (off !== false) offer({ title: 'Nothing can be copied here', text: off, take: () => {} });
    else
      offer({
        title: `Drop to copy it to ${oneLine(path ?? '')} on ${host}${isRoot ? ' as root' : ''}`,
        text: 'Nothing that is there is replaced without a question.',
        take: (files) => void take(files),
      });
    return () => offer(null);
  }, [host, path, off, isRoot]);
}
