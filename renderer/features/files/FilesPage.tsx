import { useQueryClient } from '@tanstack/react-query';
import { FolderOpen, ListX, RefreshCw, Search, ShieldAlert } from 'lucide-react';
import { useEffect, useMemo, useState } from 'react';
import type { FileEntry } from '../../../shared/contract/files.ts';
import { useApi } from '../../lib/context.ts';
import { count } from '../../lib/format.ts';
import { useOperation } from '../../lib/query.ts';
import { go } from '../../lib/router.ts';
import { useFolderLook } from '../../stores/folder-look.ts';
import { Banner } from '../../ui/Banner.tsx';
import { Button } from '../../ui/Button.tsx';
import { Empty, Problem, Skeleton } from '../../ui/Panel.tsx';
import { HostFrame } from '../hosts/HostFrame.tsx';
import { useAsRoot } from './as-root.ts';
import { useChanges } from './changes.ts';
import { inOrder, isFolder } from './entries.ts';
import { FilesBar } from './FilesBar.tsx';
import { FileTable } from './FileTable.tsx';
import { FileView } from './FileView.tsx';
import { NameDialog } from './NameDialog.tsx';
import { filesPlace, joined, nameOf, parentOf, pathOf } from './places.ts';
import { useTaken } from './taken.ts';
import { transfer } from './transfer.ts';
import { Transfers } from './Transfers.tsx';
import './Files.css';

/** Files of a server, as the account that signs in sees them. */
export function FilesPage({ host = '', path: part }: { host?: string; path?: string }) {
  const wanted = pathOf(part) ?? '.';
  const { isRoot, isOffered, turn, who } = useAsRoot(host);
  const read = useOperation('files.list', { host, path: wanted, ...who });
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
    for (const one of sources) if (one !== null && path !== null) transfer(deps, { host, way: 'up', name: one.name, folder: path, local: one.handle, isRoot });
  };
  const upload = async (what: 'files' | 'folder') => send(what === 'files' ? await window.board.chooseFiles() : [await window.board.chooseFolder('from')]);
  const off = path === null && (read.error === null ? 'The folder is still read' : 'The folder cannot be read');
  useTaken({ host, path, off, isRoot }, async (files) => send(await Promise.all(files.map((file) => window.board.fileFromDrop(file)))));
  const download = async ({ name }: Pick<FileEntry, 'name'>) => {
    const into = path === null ? null : await window.board.chooseFolder('into');
    if (into !== null && path !== null) transfer(deps, { host, way: 'down', name, folder: path, local: into.handle, isRoot });
  };
  const { named, name, due, forgetDue, ...changes } = useChanges({ host, path, who, shown });
  const seen = viewed ?? file;
  const acts = {
    open: (entry: FileEntry) => (path === null ? undefined : isFolder(entry) ? go(filesPlace(host, joined(path, entry.name))) : setViewed(joined(path, entry.name))),
    up: up === null ? null : () => go(filesPlace(host, up)),
    download: (entry: FileEntry) => void download(entry),
    rename: name,
    remove: changes.remove,
  };
  return (
    <HostFrame
      host={host}
      about={
        entries === undefined
          ? read.error === null && `reading from ${host}`
          : `${read.data?.more === true ? 'the first ' : ''}${count(entries.length, 'entry', 'entries')}${shown.length < entries.length ? `, ${shown.length.toLocaleString('en-GB')} shown` : ''}`
      }
    >
      <div className="files">
        <FilesBar
          host={host}
          path={path ?? (wanted.startsWith('/') ? wanted : null)}
          off={off}
          text={text}
          onText={(text) => {
            forgetDue();
            setText(text);
          }}
          upload={(what) => void upload(what)}
          newFolder={() => name(null)}
          isRoot={isOffered ? isRoot : null}
          onRoot={turn}
        />
        {isRoot && (
          <Banner
            tone="warn"
            icon={ShieldAlert}
            fact="You are root here."
            actions={
              <Button size="mini" onClick={() => turn(false)}>
                Stop
              </Button>
            }
          >
            Every file of {host} can be read, replaced and deleted. It ends when you leave this page.
          </Banner>
        )}
        {read.data?.more === true && (
          <Banner icon={ListX} fact="Not all is shown.">
            More lies here than the first {count(entries?.length ?? 0, 'name')} that the server told. In a terminal, find names the others.
          </Banner>
        )}
        {changes.unremoved !== null && <Problem failure={changes.unremoved} actions={<Button onClick={changes.dismiss}>Dismiss</Button>} />}
        {read.error !== null ? (
          <Problem
            failure={read.error}
            actions={
              <>
                <Button icon={RefreshCw} onClick={() => void read.refetch()}>
                  Try again
                </Button>
                {read.error.problem === 'denied' && isOffered && !isRoot && (
                  <Button icon={ShieldAlert} onClick={() => turn(true)}>
                    Look as root
                  </Button>
                )}
              </>
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
            due={due}
            onDue={forgetDue}
          />
        )}
        {entries?.length === 0 && (
          <Empty icon={FolderOpen} title="Nothing is in here">
            Drop files or folders from this computer to copy them here.
          </Empty>
        )}
        <Transfers host={host} />
      </div>
      {named !== undefined && (
        <NameDialog
          key={named?.name ?? ''}
          title={named === null ? `New folder in ${path ?? ''}` : `Rename ${named.name}`}
          verb={named === null ? 'Make it' : 'Rename it'}
          working={changes.working}
          before={named?.name ?? ''}
          failure={changes.unnamed}
          onName={changes.giveName}
          onClose={() => name(undefined)}
        />
      )}
      {seen !== null && (
        <FileView
          host={host}
          path={seen}
          who={who}
          onClose={() => (file !== null && path !== null ? go(filesPlace(host, path), { replace: true }) : setViewed(null))}
          onDownload={() => void download({ name: nameOf(seen) })}
        />
      )}
    </HostFrame>
  );
}
