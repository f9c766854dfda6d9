import { useQueryClient } from '@tanstack/react-query';
import { FolderOpen, RefreshCw, Search } from 'lucide-react';
import { useEffect, useMemo, useState } from 'react';
import type { FileEntry } from '../../../shared/contract/files.ts';
import { useApi } from '../../lib/context.ts';
import { count } from '../../lib/format.ts';
import { useOperation } from '../../lib/query.ts';
import { go } from '../../lib/router.ts';
import { useDrops } from '../../stores/drops.ts';
import { useFolderLook } from '../../stores/folder-look.ts';
import { Button } from '../../ui/Button.tsx';
import { Empty, Problem, Skeleton } from '../../ui/Panel.tsx';
import { HostFrame } from '../hosts/HostFrame.tsx';
import { inOrder, isFolder } from './entries.ts';
import { FilesBar } from './FilesBar.tsx';
import { FileTable } from './FileTable.tsx';
import { FileView } from './FileView.tsx';
import { filesPlace, joined, nameOf, oneLine, parentOf, pathOf } from './places.ts';
import { transfer } from './transfer.ts';
import { Transfers } from './Transfers.tsx';
import './Files.css';

/** Files of a server, as the account that signs in sees them. */
export function FilesPage({ host = '', path: part }: { host?: string; path?: string }) {
  const wanted = pathOf(part) ?? '.';
  const read = useOperation('files.list', { host, path: wanted });
  const deps = { api: useApi(), client: useQueryClient() };
  const [text, setText] = useState('');
  const order = useFolderLook(({ order }) => order);
  const [left] = useState(() => useFolderLook.getState().left);
  const [viewed, setViewed] = useState<string | null>(null);
  // A file that was typed is looked at in the folder around it.
  const file = read.data?.kind === 'file' ? read.data.path : null;
  const path = file !== null ? parentOf(file) : (read.data?.path ?? null);
  const entries = read.data?.entries;
  const shown = useMemo(() => {
    const needle = text.trim().toLowerCase();
    return inOrder(
      (entries ?? []).filter(({ name }) => needle === '' || name.toLowerCase().includes(needle)),
      order,
    );
  }, [entries, text, order]);
  useEffect(() => {
    if (path !== null) useFolderLook.setState({ left: { host, path } });
  }, [host, path]);

  const up = file !== null ? path : path === null ? null : parentOf(path);
  const send = (sources: readonly ({ handle: string; name: string } | null)[]) => {
    for (const one of sources) if (one !== null && path !== null) transfer(deps, { host, way: 'up', name: one.name, folder: path, local: one.handle });
  };
  const upload = async (what: 'files' | 'folder') => send(what === 'files' ? await window.board.chooseFiles() : [await window.board.chooseFolder('from')]);
  const off = path === null && (read.error === null ? 'The folder is still read' : 'The folder cannot be read');
  useTaken(host, path, off, async (files) => send(await Promise.all(files.map((file) => window.board.fileFromDrop(file)))));
  const download = async ({ name }: Pick<FileEntry, 'name'>) => {
    const into = path === null ? null : await window.board.chooseFolder('into');
    if (into !== null && path !== null) transfer(deps, { host, way: 'down', name, folder: path, local: into.handle });
  };
  const seen = viewed ?? file;
  const acts = {
    open: (entry: FileEntry) => (path === null ? undefined : isFolder(entry) ? go(filesPlace(host, joined(path, entry.name))) : setViewed(joined(path, entry.name))),
    up: up === null ? null : () => go(filesPlace(host, up)),
    download: (entry: FileEntry) => void download(entry),
  };
  return (
    <HostFrame
      host={host}
      about={
        entries === undefined
          ? read.error === null && `reading from ${host}`
          : `${count(entries.length, 'entry', 'entries')}${shown.length < entries.length ? `, ${shown.length.toLocaleString('en-GB')} shown` : ''}`
      }
    >
      <div className="files">
        <FilesBar host={host} path={path ?? (wanted.startsWith('/') ? wanted : null)} off={off} text={text} onText={setText} upload={(what) => void upload(what)} />
        {read.error !== null ? (
          <Problem
            failure={read.error}
            actions={
              <Button icon={RefreshCw} onClick={() => void read.refetch()}>
                Try again
              </Button>
            }
          />
        ) : entries === undefined ? (
          <Skeleton rows={6} />
        ) : shown.length === 0 && text !== '' ? (
          <Empty icon={Search} title={`Nothing called “${text}”`} actions={<Button onClick={() => setText('')}>Clear</Button>}>
            Looked at {count(entries.length, 'name')}.
          </Empty>
        ) : (
          <FileTable
            entries={shown}
            from={left?.host !== host ? null : parentOf(left.path) === path ? nameOf(left.path) : ''}
            order={order}
            onOrder={(order) => useFolderLook.setState({ order })}
            acts={acts}
          />
        )}
        {entries?.length === 0 && (
          <Empty icon={FolderOpen} title="Nothing is in here">
            Drop files or folders from this computer to copy them here.
          </Empty>
        )}
        <Transfers host={host} />
      </div>
      {seen !== null && (
        <FileView
          host={host}
          path={seen}
          onClose={() => (file !== null && path !== null ? go(filesPlace(host, path), { replace: true }) : setViewed(null))}
          onDownload={() => void download({ name: nameOf(seen) })}
        />
      )}
    </HostFrame>
  );
}

/** What is dropped on the window goes into this folder while it is open, and nowhere else where it cannot: an app is dropped on other pages. */
function useTaken(host: string, path: string | null, off: string | false, take: (files: readonly File[]) => Promise<void>): void {
  const offer = useDrops(({ offer }) => offer);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the folder is what it depends on
  useEffect(() => {
    if (off !== false) offer({ title: 'Nothing can be copied here', text: off, take: () => {} });
    else offer({ title: `Drop to copy it to ${oneLine(path ?? '')} on ${host}`, text: 'Nothing that is there is replaced without a question.', take: (files) => void take(files) });
    return () => offer(null);
  }, [host, path, off]);
}
