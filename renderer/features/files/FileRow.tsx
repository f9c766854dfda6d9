import { Download, File, FileQuestion, Folder, Link2, type LucideIcon, PenLine, Trash2 } from 'lucide-react';
import { memo } from 'react';
import type { FileEntry } from '../../../shared/contract/files.ts';
import { bytes } from '../../lib/format.ts';
import { IconButton } from '../../ui/Button.tsx';
import { Time } from '../../ui/Time.tsx';
import { Tip } from '../../ui/Tip.tsx';
import { isFolder, modeText } from './entries.ts';
import { oneLine } from './places.ts';
import type { RowOf } from './row-keys.ts';

export interface Acts {
  open(entry: FileEntry): void;
  up: (() => void) | null;
  download(entry: FileEntry): void;
  rename(entry: FileEntry): void;
  remove(entry: FileEntry): void;
}

const icons: Record<FileEntry['kind'], LucideIcon> = { folder: Folder, file: File, link: Link2, other: FileQuestion };
const unsaid = 'Its name has characters that cannot be shown as they are. A terminal on the server can rename it.';

/** Whether it opens: its path can be given back, and it is something to look at. */
const opens = ({ sayable, kind }: FileEntry): boolean => sayable && kind !== 'other';

/** In a row that opens something else. */
const alone = (act: () => void) => (event: { stopPropagation(): void }) => {
  event.stopPropagation();
  act();
};

interface Props {
  entry: FileEntry;
  index: number;
  /** Whether it is the one that Tab stops at. */
  isStop: boolean;
  acts: Acts;
  row: RowOf;
}

/** One thing of a folder. Drawn again only where it changed: a key moves the focus over two rows of those that are seen. */
export const FileRow = memo(function FileRow({ entry, index, isStop, acts, row }: Props) {
  const { name, kind, size, mode, owner, group, modified, target, sayable } = entry;
  const Icon = icons[kind];
  const isOpened = opens(entry);
  const label = `${oneLine(name)}, ${isFolder(entry) ? 'folder' : kind === 'other' ? 'special file' : kind}`;
  return (
    <tr {...row(index, isStop, isOpened ? () => acts.open(entry) : undefined)} aria-label={label} aria-rowindex={index + 1}>
      <td title={sayable ? oneLine(name) : unsaid}>
        <span className="line">
          <Icon className={`icon s ${isFolder(entry) ? 'is-accent' : 'third'}`} strokeWidth={1.8} aria-hidden />
          <span className={`cut ${isOpened ? '' : 'third'}`}>
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
            {isOpened && kind !== 'link' && <IconButton size="mini" icon={Download} label={`Copy ${oneLine(name)} to this computer`} onClick={alone(() => acts.download(entry))} />}
            <IconButton size="mini" icon={PenLine} label={`Rename ${oneLine(name)}`} onClick={alone(() => acts.rename(entry))} />
            <IconButton size="mini" icon={Trash2} label={`Delete ${oneLine(name)}`} onClick={alone(() => acts.remove(entry))} />
          </span>
        )}
      </td>
    </tr>
  );
});
