import { useVirtualizer } from '@tanstack/react-virtual';
import { ArrowDown, ArrowUp, CornerLeftUp, Download, File, FileQuestion, Folder, Link2, type LucideIcon, PenLine, Trash2 } from 'lucide-react';
import { type KeyboardEvent, type ReactNode, useRef } from 'react';
import type { FileEntry } from '../../../shared/contract/files.ts';
import { bytes } from '../../lib/format.ts';
import { IconButton } from '../../ui/Button.tsx';
import { openable } from '../../ui/rows.ts';
import { Time } from '../../ui/Time.tsx';
import { Tip } from '../../ui/Tip.tsx';
import { isFolder, modeText, type Order, type SortKey } from './entries.ts';
import { oneLine } from './places.ts';

const rowHeight = 32; // pixels, as .files-table td

interface Acts {
  open(entry: FileEntry): void;
  up: (() => void) | null;
  download(entry: FileEntry): void;
  rename(entry: FileEntry): void;
  remove(entry: FileEntry): void;
}

/** What lies in a folder, as many rows as are seen. */
export function FileTable({ entries, order, onOrder, acts }: { entries: readonly FileEntry[]; order: Order; onOrder: (order: Order) => void; acts: Acts }) {
  const box = useRef<HTMLElement>(null);
  const virtual = useVirtualizer({ count: entries.length, getScrollElement: () => box.current, estimateSize: () => rowHeight, overscan: 20 });
  const items = virtual.getVirtualItems();
  const above = items[0]?.start ?? 0;
  const below = virtual.getTotalSize() - (items.at(-1)?.end ?? 0);
  const keys = (event: KeyboardEvent) => {
    if (event.key !== 'Backspace' || acts.up === null) return;
    event.preventDefault();
    acts.up();
  };
  return (
    <section className="files-box" ref={box} aria-label="Files" onKeyDown={keys}>
      <table className="table files-table" aria-rowcount={entries.length}>
        <colgroup>
          <col />
          <col style={{ width: 92 }} />
          <col style={{ width: 104 }} />
          <col style={{ width: 150 }} className="wide-only" />
          <col style={{ width: 112 }} />
        </colgroup>
        <thead>
          <tr>
            <Head by="name" order={order} onOrder={onOrder}>
              Name
            </Head>
            <Head by="size" order={order} onOrder={onOrder} isNumber>
              Size
            </Head>
            <th>Permissions</th>
            <th className="wide-only">Owner</th>
            <Head by="modified" order={order} onOrder={onOrder}>
              Changed
            </Head>
          </tr>
        </thead>
        <tbody>
          {acts.up !== null && (
            <tr {...openable(acts.up)} aria-label="The folder above">
              <td>
                <span className="line">
                  <CornerLeftUp className="icon s third" strokeWidth={1.8} aria-hidden />
                  <span className="second">..</span>
                </span>
              </td>
              <td />
              <td />
              <td className="wide-only" />
              <td />
            </tr>
          )}
          {above > 0 && <Space height={above} />}
          {items.map(({ index }) => {
            const entry = entries[index];
            return entry === undefined ? null : <Row key={entry.name} entry={entry} index={index} acts={acts} />;
          })}
          {below > 0 && <Space height={below} />}
        </tbody>
      </table>
    </section>
  );
}

const Space = ({ height }: { height: number }) => (
  <tr aria-hidden className="space">
    <td style={{ height }} />
  </tr>
);

function Head({ by, order, onOrder, isNumber = false, children }: { by: SortKey; order: Order; onOrder: (order: Order) => void; isNumber?: boolean; children: ReactNode }) {
  const isThis = order.by === by;
  const Icon = order.down ? ArrowDown : ArrowUp;
  return (
    <th className={isNumber ? 'number' : undefined} aria-sort={isThis ? (order.down ? 'descending' : 'ascending') : 'none'}>
      <button type="button" className="sort" onClick={() => onOrder({ by, down: isThis ? !order.down : by !== 'name' })}>
        {children}
        {isThis && <Icon className="icon s" strokeWidth={1.8} aria-hidden />}
      </button>
    </th>
  );
}

const icons: Record<FileEntry['kind'], LucideIcon> = { folder: Folder, file: File, link: Link2, other: FileQuestion };
const unsaid = 'Its name has characters that cannot be shown as they are. A terminal on the server can rename it.';

/** In a row that opens something else. */
const alone = (act: () => void) => (event: { stopPropagation(): void }) => {
  event.stopPropagation();
  act();
};

function Row({ entry, index, acts }: { entry: FileEntry; index: number; acts: Acts }) {
  const { name, kind, size, mode, owner, group, modified, target, sayable } = entry;
  const Icon = icons[kind];
  const opens = sayable && kind !== 'other';
  const label = `${oneLine(name)}, ${isFolder(entry) ? 'folder' : kind === 'other' ? 'special file' : kind}`;
  return (
    <tr {...(opens ? openable(() => acts.open(entry)) : {})} aria-label={label} aria-rowindex={index + 1} className={opens ? undefined : 'still'}>
      <td title={sayable ? oneLine(name) : unsaid}>
        <span className="line">
          <Icon className={`icon s ${isFolder(entry) ? 'is-accent' : 'third'}`} strokeWidth={1.8} aria-hidden />
          <span className={`cut ${opens ? '' : 'third'}`}>
            {oneLine(name)}
            {target !== null && <span className="third"> → {oneLine(target)}</span>}
          </span>
        </span>
      </td>
      <td className="number second">{kind === 'file' ? bytes(size) : '—'}</td>
      <td>
        <Tip text={mode}>
          <span className="mono third">{modeText(mode)}</span>
        </Tip>
      </td>
      <td className="wide-only second">{owner === group ? owner : `${owner}:${group}`}</td>
      <td className="third">
        <span className="at-rest">
          <Time at={modified} />
        </span>
        {sayable && (
          <span className="on-hover">
            {opens && kind !== 'link' && <IconButton size="mini" icon={Download} label={`Copy ${name} to this computer`} onClick={alone(() => acts.download(entry))} />}
            <IconButton size="mini" icon={PenLine} label={`Rename ${name}`} onClick={alone(() => acts.rename(entry))} />
            <IconButton size="mini" icon={Trash2} label={`Delete ${name}`} onClick={alone(() => acts.remove(entry))} />
          </span>
        )}
      </td>
    </tr>
  );
}
