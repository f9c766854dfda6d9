import type { FileEntry } from '../../../shared/contract/files.ts';
import type { Order } from '../../stores/folder-look.ts';

/** More are left in the order of their bytes, in which they arrive: comparing them as words takes seconds. */
const mostAsWords = 20_000;
const words = new Intl.Collator(undefined, { numeric: true });

/** Whether it is gone into: also a link that leads to a folder. */
export const isFolder = ({ kind, leadsTo }: FileEntry): boolean => kind === 'folder' || leadsTo === 'folder';

/** Two names that differ on the server may be shown alike; those that are shown as they are do not. */
export const keyOf = ({ name, sayable }: FileEntry, index: number): string => (sayable ? name : `/${index}`);

/** Folders first, each part in the order wanted. */
export function inOrder(entries: readonly FileEntry[], { by, down }: Order): FileEntry[] {
  const asWords = entries.length <= mostAsWords ? words.compare : (one: string, other: string) => (one < other ? -1 : one > other ? 1 : 0);
  const byName = (one: FileEntry, other: FileEntry) => asWords(one.name, other.name);
  const byTime = (one: FileEntry, other: FileEntry) => Date.parse(one.modified) - Date.parse(other.modified);
  const wanted = by === 'name' ? byName : (one: FileEntry, other: FileEntry) => (by === 'size' ? one.size - other.size : byTime(one, other)) || byName(one, other);
  const sign = down ? -1 : 1;
  return [...entries].sort((one, other) => Number(isFolder(other)) - Number(isFolder(one)) || sign * wanted(one, other));
}

const bits = ['r', 'w', 'x'];
const special = ['s', 's', 't'];

/** Permissions as `ls` has them: "rwxr-xr-x", of "0755". */
export function modeText(mode: string): string {
  const number = Number.parseInt(mode, 8);
  return Array.from({ length: 9 }, (_none, at) => {
    const isSet = (number & (1 << (8 - at))) !== 0;
    const group = Math.floor(at / 3);
    const isSpecial = at % 3 === 2 && (number & (1 << (11 - group))) !== 0;
    if (isSpecial) return isSet ? special[group] : special[group]?.toUpperCase();
    return isSet ? bits[at % 3] : '-';
  }).join('');
}
