import { useEffect } from 'react';
import { here } from '../../lib/router.ts';
import { useFolderLook } from '../../stores/folder-look.ts';
import { useHosts } from '../hosts/facts.ts';
import { filesPlace } from './places.ts';

/** Whether files of a server are looked at and changed as root. It is off at the start of each visit, and goes from folder to folder. */
export function useAsRoot(host: string) {
  const isRoot = useFolderLook(({ root }) => root === host);
  const user = useHosts().data?.hosts.find(({ name }) => name === host)?.user;
  useEffect(
    () => () => {
      const isLeft = here() !== filesPlace(host) && !here().startsWith(`${filesPlace(host)}/`);
      if (isLeft) useFolderLook.setState({ root: null });
    },
    [host],
  );
  return {
    isRoot,
    /** Root itself needs no sudo. */
    isOffered: user !== 'root',
    turn: (on: boolean) => useFolderLook.setState({ root: on ? host : null }),
    /** What every operation on files is told. */
    who: isRoot ? { sudo: true } : {},
  };
}
